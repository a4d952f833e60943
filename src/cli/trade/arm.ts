import { Effect } from "effect"
import { Command } from "effect/cli"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import { present } from "../invocation.ts"
import { TradeClient } from "./trade-client.ts"
import { confirmed, doneText, reasonedFlags, withClient, yesFlag } from "./trade-verb.ts"

/** `tickd arm`: live orders leave for the rest of the trading day. */
export const arm = Command.make("arm", { yes: yesFlag, ...reasonedFlags }, ({ json, reason, yes }) =>
  Effect.gen(function* () {
    const client = yield* TradeClient
    const { trading_day: day } = yield* client.ask(tradingCommands.mode, {})
    yield* confirmed(yes, `let live orders leave on the trading day ${day}`)
    const reply = yield* client.command(tradingCommands.arm, { day }, reason)
    yield* present(json, reply, doneText, () => "tickd trading status")
  })
).pipe(
  withClient,
  Command.withDescription(
    "Let live orders leave for this trading day. Needs a reason of at least 20 characters; audited"
  )
)

/** `tickd disarm`: live orders leave no more. */
export const disarm = Command.make("disarm", reasonedFlags, ({ json, reason }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).command(tradingCommands.disarm, {}, reason)
    yield* present(json, reply, doneText, () => "tickd order list --working")
  })
).pipe(withClient, Command.withDescription("Stop live orders from leaving. Working orders stay as they are; audited"))

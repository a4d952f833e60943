import { Effect } from "effect"
import { Command } from "effect/cli"
import { exitCodes } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { FlattenReply } from "../../protocol/trading/safety-control.ts"
import { endWith, present } from "../invocation.ts"
import { waiting } from "../terminal/progress.ts"
import { TradeClient } from "./trade-client.ts"
import { confirmed, doneText, reasonedFlags, tableText, withClient, yesFlag } from "./trade-verb.ts"

export const renderFlatten = (reply: FlattenReply): string =>
  [
    doneText(reply),
    tableText(
      ["SYMBOL", "HELD", "LEFT", "ORDER", "PROBLEM"],
      reply.lines.map(({ client_order_id, left, problem, qty, symbol }) => [
        symbol,
        qty,
        left,
        client_order_id ?? "-",
        problem
      ]),
      "nothing was held",
      [1, 2]
    ),
    ...(reply.cancelled.problem === "" ? [] : [`cancels: ${reply.cancelled.problem}`])
  ].join("\n")

/** `tickd flatten`: closes every position. Exit code 1 when some are left. */
export const command = Command.make("flatten", { yes: yesFlag, ...reasonedFlags }, ({ json, reason, yes }) =>
  Effect.gen(function* () {
    const client = yield* TradeClient
    const { confirmation } = yield* client.ask(tradingCommands["flatten-text"], {})
    yield* confirmed(yes, `cancel every order and close every position at the market (${confirmation})`)
    const reply = yield* waiting(
      "waiting for the exits",
      client.command(tradingCommands.flatten, { confirmation }, reason)
    )
    yield* present(json, reply, renderFlatten, () => "tickd positions")
    if (!reply.flat) yield* endWith(exitCodes.checkFailed)
  })
).pipe(
  withClient,
  Command.withDescription(
    "Cancel every order and close every position. Only while the kill switch is engaged or the breaker tripped; exit code 1 when positions are left; audited"
  )
)

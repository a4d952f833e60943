import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { exitCodes } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { BreakerStatusReply } from "../../protocol/trading/safety-control.ts"
import { endWith, present } from "../invocation.ts"
import { historyFlags, renderHistory } from "./kill-switch.ts"
import { TradeClient } from "./trade-client.ts"
import {
  askFlags,
  confirmed,
  doneText,
  optional,
  reasonedFlags,
  secondsOf,
  tableText,
  withClient,
  yesFlag
} from "./trade-verb.ts"

const holdsText = (holds: boolean | null): string => (holds === null ? "not known" : holds ? "yes" : "no")

export const renderBreakers = ({ breakers, monitor }: BreakerStatusReply): string => {
  const rows = breakers.map((one) => [
    one.breaker,
    one.state === "QUIET_PERIOD" ? `${one.state} ${one.quiet_seconds_left} s` : one.state,
    one.trip_reason ?? "-",
    secondsOf(one.tripped_at) || "-",
    one.state === "OPEN" ? "-" : holdsText(one.cause_holds),
    one.trip_details
  ])
  const silent =
    monitor.silent_ms === null
      ? "the monitor gave no sign of life yet"
      : `the monitor looked ${monitor.silent_ms} ms ago`
  const equity =
    monitor.equity === null
      ? ""
      : `, equity ${monitor.equity}, at the day's start ${monitor.equity_at_start ?? "not known"}`
  return [
    tableText(
      ["BREAKER", "STATE", "REASON", "TRIPPED (UTC)", "CAUSE HOLDS", "DETAILS"],
      rows,
      "no breaker has a record"
    ),
    `${silent}${equity}`,
    ...monitor.trips.map(({ details, reason }) => `it sees ${reason}: ${details}`)
  ].join("\n")
}

const scopeFlags = {
  strategy: Flag.String("strategy").pipe(
    Flag.withDescription("Of this strategy (default: the account)"),
    Flag.optional
  ),
  symbol: Flag.String("symbol").pipe(Flag.withDescription("Of this symbol (default: the account)"), Flag.optional)
}

/** Exit code 1 unless every breaker is OPEN. */
const status = Command.make("status", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["circuit-breaker-status"], {})
    yield* present(json, reply, renderBreakers)
    const isOpen = reply.state === "OPEN" && reply.breakers.every(({ state }) => state === "OPEN")
    if (!isOpen) yield* endWith(exitCodes.checkFailed)
  })
).pipe(
  withClient,
  Command.withDescription("Show every breaker and what the monitor saw. Exit code 1 unless all are OPEN")
)

const trip = Command.make("trip", { ...scopeFlags, ...reasonedFlags }, ({ json, reason, strategy, symbol }) =>
  Effect.gen(function* () {
    const fields = { ...optional("strategy_id", strategy), ...optional("symbol", symbol) }
    const reply = yield* (yield* TradeClient).command(tradingCommands["circuit-breaker-trip"], fields, reason)
    yield* present(json, reply, doneText, () => "tickd order list --working")
  })
).pipe(withClient, Command.withDescription("Trip a breaker. Exits only, and working entries are cancelled; audited"))

const reset = Command.make(
  "reset",
  {
    ...scopeFlags,
    acknowledge: Flag.Boolean("acknowledge").pipe(
      Flag.withDescription("Also while the cause of the trip still holds"),
      Flag.withDefault(false)
    ),
    yes: yesFlag,
    ...reasonedFlags
  },
  ({ acknowledge, json, reason, strategy, symbol, yes }) =>
    Effect.gen(function* () {
      yield* confirmed(yes, "end the trip: exits only for 300 s, then trading")
      const fields = {
        ...optional("strategy_id", strategy),
        ...optional("symbol", symbol),
        ...(acknowledge && { acknowledged: true })
      }
      const reply = yield* (yield* TradeClient).command(tradingCommands["circuit-breaker-reset"], fields, reason)
      yield* present(json, reply, doneText, () => "tickd breaker status")
    })
).pipe(withClient, Command.withDescription("End a trip. Needs a reason of at least 20 characters; audited"))

const history = Command.make("history", historyFlags, ({ json, limit }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["circuit-breaker-history"], { limit })
    yield* present(json, reply, renderHistory)
  })
).pipe(withClient, Command.withDescription("Show trips and resets, newest first"))

/** `tickd breaker`: the circuit breakers of a running trading daemon. */
export const command = Command.make("breaker").pipe(
  Command.withDescription("Circuit breakers of trading: status, trip, reset, history"),
  Command.withSubcommands([status, trip, reset, history])
)

import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { exitCodes } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { OrphansReply, ReconciliationStatusReply } from "../../protocol/trading/reconciliation-messages.ts"
import { endWith, present } from "../invocation.ts"
import { TradeClient } from "./trade-client.ts"
import {
  askFlags,
  commandFlags,
  confirmed,
  doneText,
  pairsText,
  reasonedFlags,
  secondsOf,
  tableText,
  withClient,
  yesFlag
} from "./trade-verb.ts"

export const renderReconciliation = (now: ReconciliationStatusReply): string => {
  const { last, override_context: override } = now
  const found = Object.entries(last?.differences ?? {}).map(([name, count]) => `${count} ${name}`)
  return [
    pairsText([
      ["gate", now.dry_run ? `${now.gate} (dry run)` : now.gate],
      ["since the start", `${now.startup_elapsed_seconds} s${now.startup_timed_out ? ", overdue" : ""}`],
      ["opened by", override === null ? null : `${override.user_id} at ${secondsOf(override.at)}: ${override.reason}`],
      ["last run", last === null ? "none yet" : `${secondsOf(last.ended_at)} (${last.trigger})`],
      ["it found", last === null ? null : found.join(", ") || "no difference"]
    ]),
    ...(last?.unexplained ?? []).map(
      ({ book, symbol, venue }) => `not explained: ${symbol}, book ${book}, venue ${venue}`
    ),
    ...now.quarantine.map(({ reason, symbol }) => `${symbol} takes no entries: ${reason}`)
  ].join("\n")
}

const renderOrphans = ({ orphans }: OrphansReply): string =>
  tableText(
    ["BROKER ORDER", "SYMBOL", "SIDE", "QTY", "FILLED", "STATUS", "FOUND (UTC)", "RELEASED BY"],
    orphans.map((one) => [
      one.broker_order_id,
      one.symbol,
      one.side,
      one.qty ?? "-",
      one.filled_qty,
      one.status,
      secondsOf(one.found_at),
      one.released_by ?? "-"
    ]),
    "no order at the venue that is not ours",
    [3, 4]
  )

/** Exit code 1 unless the gate is open and no symbol is quarantined. */
const status = Command.make("status", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["reconciliation-status"], {})
    yield* present(json, reply, renderReconciliation)
    if (reply.gate !== "open" || reply.quarantine.length > 0) yield* endWith(exitCodes.checkFailed)
  })
).pipe(
  withClient,
  Command.withDescription(
    "Show the reconciliation gate and the last run. Exit code 1 unless it is open without a quarantine"
  )
)

const run = Command.make("run", commandFlags, ({ json, reason }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).command(tradingCommands["reconciliation-run"], {}, reason)
    yield* present(json, reply, doneText, () => "tickd reconcile status")
  })
).pipe(withClient, Command.withDescription("Compare the book with the venue now; audited"))

const force = Command.make("force", { yes: yesFlag, ...reasonedFlags }, ({ json, reason, yes }) =>
  Effect.gen(function* () {
    yield* confirmed(yes, "open the reconciliation gate although book and venue were not found to agree")
    const reply = yield* (yield* TradeClient).command(tradingCommands["reconciliation-force-complete"], {}, reason)
    yield* present(json, reply, doneText, () => "tickd reconcile status")
  })
).pipe(withClient, Command.withDescription("Open the gate without agreement. Needs an earlier run; audited"))

const acceptPosition = Command.make(
  "accept-position",
  {
    symbol: Argument.String("symbol").pipe(Argument.withDescription("A symbol that the last run could not explain")),
    yes: yesFlag,
    ...reasonedFlags
  },
  ({ json, reason, symbol, yes }) =>
    Effect.gen(function* () {
      yield* confirmed(yes, `book an adjustment, so that the position of ${symbol} is the venue's`)
      const reply = yield* (yield* TradeClient).command(tradingCommands["accept-position"], { symbol }, reason)
      yield* present(json, reply, doneText, () => "tickd positions")
    })
).pipe(
  withClient,
  Command.withDescription("Take the venue's position of a symbol, by an adjustment with your reason; audited")
)

const orphans = Command.make("orphans", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.orphans, {})
    yield* present(json, reply, renderOrphans)
  })
).pipe(withClient, Command.withDescription("Show orders at the venue that are not ours"))

const release = Command.make(
  "release",
  {
    id: Argument.String("broker-order").pipe(
      Argument.withDescription("Its id at the venue, as 'reconcile orphans' shows it")
    ),
    ...reasonedFlags
  },
  ({ id, json, reason }) =>
    Effect.gen(function* () {
      const fields = { broker_order_id: id }
      const reply = yield* (yield* TradeClient).command(tradingCommands["orphan-release"], fields, reason)
      yield* present(json, reply, doneText, () => "tickd reconcile status")
    })
).pipe(withClient, Command.withDescription("Allow entries again in the symbol of an order that is not ours; audited"))

/** `tickd reconcile`: book and venue of a running trading daemon. */
export const command = Command.make("reconcile").pipe(
  Command.withDescription("Book and venue of trading: status, run, force, accept-position, orphans, release"),
  Command.withSubcommands([status, run, force, acceptPosition, orphans, release])
)

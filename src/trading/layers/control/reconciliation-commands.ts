import { Clock, Effect } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import { instantText } from "../../../kernel/time/utc-instant.ts"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import type { ReconciliationReportMessage } from "../../../protocol/trading/reconciliation-messages.ts"
import { OrderStore, type Orphan } from "../../ports/order-store.ts"
import { Reconciler, type ReconciliationError, type ReconciliationReport } from "../../ports/reconciler.ts"
import { TradeMode } from "../../ports/trade-conditions.ts"
import { makePerformed, ownName, storeFailed, utcText } from "./words.ts"

const reportMessage = (report: ReconciliationReport): ReconciliationReportMessage => ({
  trigger: report.trigger,
  started_at: utcText(report.startedAtMs),
  ended_at: utcText(report.endedAtMs),
  differences: report.differences,
  adjustments: report.adjustments,
  unexplained: report.unexplained,
  orphans: report.orphans
})

const orphanMessage = ({ foundAt, order, releasedBy }: Orphan) => ({
  broker_order_id: order.snapshot.brokerOrderId,
  client_order_id: order.clientOrderId,
  symbol: order.symbol,
  side: order.side,
  status: order.snapshot.status,
  qty: order.snapshot.quantity === undefined ? null : decimalText(order.snapshot.quantity),
  filled_qty: decimalText(order.snapshot.filledQuantity),
  found_at: instantText(foundAt),
  released_by: releasedBy ?? null
})

const reportText = ({ adjustments, differences, orphans, unexplained }: ReconciliationReport): string => {
  const found = Object.entries(differences).map(([name, count]) => `${count} ${name}`)
  const left = unexplained.length === 0 ? "" : `; not explained: ${unexplained.map(({ symbol }) => symbol).join(", ")}`
  return `book and venue compared: ${found.join(", ") || "no difference"}, ${adjustments} adjustments, ${orphans} orphans${left}`
}

const notPossible = ({ message }: ReconciliationError) => controlError("NOT_POSSIBLE", message)

type Handlers = Pick<
  HandlersOf<TradingCommands>,
  | "reconciliation-status"
  | "reconciliation-run"
  | "reconciliation-force-complete"
  | "accept-position"
  | "orphans"
  | "orphan-release"
>

/** The comparison of book and venue over the wire. */
export const makeReconciliationCommands = Effect.fnUntraced(function* (instance: string) {
  const [reconciler, store, mode] = [yield* Reconciler, yield* OrderStore, yield* TradeMode]
  const isDry = mode.configured === "dry"
  const performed = makePerformed(instance)
  const orphans = Effect.mapError(store.orphans, storeFailed)

  return {
    "reconciliation-status": Effect.fnUntraced(function* () {
      const { last, override, startedAtMs, startupComplete, state, timedOut } = yield* reconciler.status
      const nowMs = yield* Clock.currentTimeMillis
      return {
        startup_complete: startupComplete,
        dry_run: isDry,
        startup_elapsed_seconds: Math.round((nowMs - startedAtMs) / 1000),
        startup_timed_out: timedOut,
        override_active: override !== undefined,
        override_context:
          override === undefined ? null : { user_id: override.by, reason: override.reason, at: utcText(override.atMs) },
        gate: state,
        quarantine: [...reconciler.quarantine()].map(([symbol, reason]) => ({ symbol, reason })),
        last: last === undefined ? null : reportMessage(last),
        instance
      }
    }),
    "reconciliation-run": (_request, id) =>
      Effect.succeed(
        Effect.gen(function* () {
          if (isDry) {
            const done = "skipped: a dry run has nothing at the venue to compare"
            return { reply: { ...(yield* performed(id, done)), status: "skipped" as const, report: null }, done }
          }
          const report = yield* Effect.mapError(reconciler.run("operator"), ({ message }) =>
            controlError("RECONCILIATION_FAILED", message)
          )
          const done = reportText(report)
          const fields = yield* performed(id, done)
          return { reply: { ...fields, status: "completed" as const, report: reportMessage(report) }, done }
        })
      ),
    "reconciliation-force-complete": Effect.fnUntraced(function* ({ reason, ...request }, id) {
      const by = yield* ownName(request)
      return Effect.gen(function* () {
        yield* Effect.mapError(reconciler.forceComplete(by, reason), notPossible)
        const done = `the reconciliation gate is open without agreement, by ${by}`
        const fields = yield* performed(id, done)
        return { reply: { ...fields, status: "override_enabled" as const, user_id: by, reason }, done }
      })
    }),
    "accept-position": Effect.fnUntraced(function* ({ reason, symbol, ...request }, id) {
      const by = yield* ownName(request)
      return Effect.gen(function* () {
        yield* Effect.mapError(reconciler.acceptPosition(symbol, by, reason), notPossible)
        const done = `the book takes the venue's position of ${symbol}`
        return { reply: yield* performed(id, done), done }
      })
    }),
    orphans: () => Effect.map(orphans, (found) => ({ orphans: found.map(orphanMessage), instance })),
    "orphan-release": Effect.fnUntraced(function* ({ broker_order_id: brokerOrderId, reason, ...request }, id) {
      const by = yield* ownName(request)
      const waits = (yield* orphans).some(
        ({ order, releasedBy }) => order.snapshot.brokerOrderId === brokerOrderId && releasedBy === undefined
      )
      if (!waits) return yield* refuse("NO_SUCH_ORPHAN", `No order ${brokerOrderId} waits for a release.`)
      return Effect.gen(function* () {
        yield* Effect.mapError(reconciler.releaseOrphan(brokerOrderId, by, reason), ({ message }) =>
          controlError("RECONCILIATION_FAILED", message)
        )
        const done = `the order ${brokerOrderId} is released`
        return { reply: yield* performed(id, done), done }
      })
    })
  } satisfies Handlers
})

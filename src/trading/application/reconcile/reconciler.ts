import { BigDecimal, Clock, Deferred, Effect, Exit, Option, Schema } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { decimalText } from "../../../kernel/decimal.ts"
import { sha256Hex } from "../../../kernel/sha256.ts"
import { instantOfMs, instantText, parseInstant } from "../../../kernel/time/utc-instant.ts"
import { compareOrders } from "../../domain/reconcile/compare-orders.ts"
import { comparePositions, type UnexplainedDifference } from "../../domain/reconcile/compare-positions.ts"
import { CorporateActions } from "../../ports/corporate-actions.ts"
import { OrderActors } from "../../ports/order-actors.ts"
import { OrderStore } from "../../ports/order-store.ts"
import {
  Reconciler,
  ReconciliationError,
  type ReconciliationReport,
  type ReconciliationStatus,
  type Trigger
} from "../../ports/reconciler.ts"
import { TradeMode } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { Venue } from "../../ports/venue.ts"
import { applyDifferences } from "./apply.ts"
import { collect } from "./collect.ts"

export class ReconcilerSettings extends Schema.Class<ReconcilerSettings>("tickd/trading/ReconcilerSettings")({
  /** A run that takes longer fails; the first one that does not end in this time is reported as overdue. */
  timeoutMs: Schema.Int,
  /** How far before the mark a run reads again: clocks differ, and lists are late. */
  overlapMs: Schema.Int,
  /** How long an unconfirmed order may be missing at the venue. */
  graceMs: Schema.Int
}) {}

export const defaultReconcilerSettings = new ReconcilerSettings({
  timeoutMs: 300_000,
  overlapMs: 60_000,
  graceMs: 300_000
})

const markName = "reconciliation.mark"
const dayMs = 86_400_000
/** Splits of the last week are explanations. */
const splitDays = 7
/** A position that differs is looked at again after this pause: an execution may be on its way. */
const secondLookMs = 1000

const dayOf = (ms: number): string => newYorkTradingDay(ms).day

/** Compares the book with the venue, applies what was missed, and says whether entries may pass. */
export const makeReconciler = (settings: ReconcilerSettings) =>
  Effect.gen(function* () {
    const services = yield* Effect.context<Venue | OrderStore | OrderActors | CorporateActions | TradeEvents>()
    const [store, venue, actions, mode] = [yield* OrderStore, yield* Venue, yield* CorporateActions, yield* TradeMode]
    const startedAtMs = yield* Clock.currentTimeMillis
    const dry = mode.configured === "dry"
    let state: ReconciliationStatus["state"] = dry ? "open" : "closed"
    let last: ReconciliationReport | undefined
    let override: ReconciliationStatus["override"]
    let attempts = 0
    let running: Deferred.Deferred<ReconciliationReport, ReconciliationError> | undefined
    let unexplained: ReadonlyArray<UnexplainedDifference> = []
    let quarantine: ReadonlyMap<string, string> = new Map()
    /** Orphans that the store has not taken yet: symbols by broker id. */
    const suspects = new Map<string, string>()
    const notOurs = (brokerOrderId: string): string => `order ${brokerOrderId} at the venue is not ours: release it`

    const refreshQuarantine = Effect.gen(function* () {
      const reasons = new Map<string, string>()
      for (const { order, releasedBy } of yield* store.orphans) {
        const { brokerOrderId } = order.snapshot
        suspects.delete(brokerOrderId)
        if (releasedBy === undefined) reasons.set(order.symbol, notOurs(brokerOrderId))
      }
      for (const [brokerOrderId, symbol] of suspects) reasons.set(symbol, notOurs(brokerOrderId))
      for (const { symbol, book, venue: theirs } of unexplained) {
        reasons.set(symbol, `the book has ${decimalText(book)} shares, the venue ${decimalText(theirs)}`)
      }
      quarantine = reasons
    })
    // An orphan that an earlier program found stops its symbol from the first order on.
    yield* refreshQuarantine

    const positionDifferences = Effect.gen(function* () {
      const [held, { positions }] = yield* Effect.all([venue.positions, store.exposure])
      if (comparePositions(positions, held, []).length === 0) return []
      const nowMs = yield* Clock.currentTimeMillis
      const splits = yield* actions.splits(dayOf(nowMs - splitDays * dayMs), dayOf(nowMs))
      return comparePositions(positions, held, splits)
    })

    const compare = Effect.fnUntraced(function* (trigger: Trigger) {
      const beganMs = yield* Clock.currentTimeMillis
      const began = instantOfMs(beganMs)
      const mark = Option.flatMapNullishOr(yield* store.value(markName), parseInstant)
      const counts: Record<string, number> = {}
      // Lists are filtered by the venue's clock, so the mark is a time of it: this host's may be wrong by an hour.
      const venueBegan = yield* venue.time
      const overlapNs = BigInt(settings.overlapMs) * 1_000_000n
      const look = Effect.gen(function* () {
        const collected = yield* collect(Option.getOrUndefined(mark), { host: began, venue: venueBegan }, overlapNs)
        const found = compareOrders(collected.book, collected.venue, began, BigInt(settings.graceMs) * 1_000_000n)
        for (const difference of found) {
          const name = difference.type === "facts" ? difference.kind : difference.type
          counts[name] = (counts[name] ?? 0) + 1
        }
        yield* applyDifferences(found, began)
      })
      yield* look
      // Orders are right from here on, and positions are known: exits may pass while they are compared.
      if (state === "closed") state = "reducing"
      let differences = yield* positionDifferences
      if (differences.some(({ type }) => type === "unexplained")) {
        yield* Effect.sleep(secondLookMs)
        yield* look
        differences = yield* positionDifferences
      }
      let adjustments = 0
      const left: Array<UnexplainedDifference> = []
      for (const difference of differences) {
        if (difference.type === "unexplained") left.push(difference)
        else if (yield* store.adjust(difference.adjustment, began)) adjustments++
        // A split is booked once: another difference of the same size is something else.
        else left.push(difference.otherwise)
      }
      unexplained = left
      yield* refreshQuarantine
      const report: ReconciliationReport = {
        trigger,
        startedAtMs: beganMs,
        endedAtMs: yield* Clock.currentTimeMillis,
        differences: counts,
        adjustments,
        unexplained: unexplained.map(({ symbol, book, venue: theirs }) => ({
          symbol,
          book: decimalText(book),
          venue: decimalText(theirs)
        })),
        orphans: counts["orphan"] ?? 0
      }
      yield* store.appendJournal("reconciliations", began, JSON.stringify(report))
      yield* store.setValue(markName, instantText(venueBegan))
      last = report
      state = "open"
      return report
    })

    const failed = (error: { readonly message?: string; readonly reason?: unknown }) =>
      new ReconciliationError({ message: `Reconciliation failed, and entries stay as they were: ${textOf(error)}` })

    const run = (trigger: Trigger): Effect.Effect<ReconciliationReport, ReconciliationError> =>
      Effect.suspend(() => {
        if (dry)
          return Effect.fail(new ReconciliationError({ message: "Dry run: there is nothing at the venue to compare." }))
        if (running !== undefined) {
          const now = Deferred.await(running)
          // One that began after this request serves as well.
          if (trigger !== "reconnect") return now
          return Effect.andThen(
            Effect.exit(now),
            Effect.suspend(() => (running === undefined ? run(trigger) : Deferred.await(running)))
          )
        }
        const result = Deferred.makeUnsafe<ReconciliationReport, ReconciliationError>()
        running = result
        attempts++
        return compare(trigger).pipe(
          Effect.provideContext(services),
          Effect.mapError(failed),
          Effect.timeoutOrElse({
            duration: settings.timeoutMs,
            orElse: () =>
              Effect.fail(
                new ReconciliationError({ message: `Reconciliation took more than ${settings.timeoutMs / 1000} s.` })
              )
          }),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              running = undefined
              Deferred.doneUnsafe(
                result,
                Exit.hasInterrupts(exit)
                  ? Exit.fail(new ReconciliationError({ message: "Reconciliation was stopped." }))
                  : exit
              )
            })
          )
        )
      })

    return Reconciler.of({
      view: () => (override === undefined ? state : "open"),
      quarantine: () => quarantine,
      suspect: ({ snapshot: { brokerOrderId }, symbol }) => {
        suspects.set(brokerOrderId, symbol)
        quarantine = new Map([...quarantine, [symbol, notOurs(brokerOrderId)]])
      },
      refreshQuarantine: Effect.mapError(refreshQuarantine, failed),
      run,
      status: Effect.map(Clock.currentTimeMillis, (nowMs) => ({
        state: override === undefined ? state : ("open" as const),
        startupComplete: state === "open" || override !== undefined,
        startedAtMs,
        timedOut: state !== "open" && nowMs - startedAtMs > settings.timeoutMs,
        override,
        last
      })),
      forceComplete: Effect.fnUntraced(function* (by, reason) {
        if (attempts === 0) {
          return yield* new ReconciliationError({ message: "Run a reconciliation first: there was no attempt yet." })
        }
        if (reason.trim() === "") return yield* new ReconciliationError({ message: "reason: say why." })
        const atMs = yield* Clock.currentTimeMillis
        yield* Effect.mapError(
          store.appendJournal(
            "reconciliations",
            instantOfMs(atMs),
            JSON.stringify({ override: true, by, reason, atMs })
          ),
          failed
        )
        override = { by, reason, atMs }
      }),
      acceptPosition: Effect.fnUntraced(function* (symbol, by, reason) {
        const difference = unexplained.find((one) => one.symbol === symbol)
        if (difference === undefined) {
          return yield* new ReconciliationError({
            message: `${symbol}: the last reconciliation found no difference to accept.`
          })
        }
        const { book, venue: theirs } = difference
        const at = instantOfMs(yield* Clock.currentTimeMillis)
        const parts = [symbol, decimalText(book), decimalText(theirs), instantText(at), by]
        yield* Effect.mapError(
          store.adjust(
            {
              id: sha256Hex(parts.join("|")).slice(0, 24),
              symbol,
              quantity: BigDecimal.subtract(theirs, book),
              price: difference.averagePrice,
              keepsCost: false,
              cause: "venueDifference",
              reason,
              by
            },
            at
          ),
          failed
        )
        unexplained = unexplained.filter((one) => one !== difference)
        // The monitor reads it: what is explained must not trip again after the reset.
        if (last !== undefined) {
          last = { ...last, unexplained: last.unexplained.filter((one) => one.symbol !== symbol) }
        }
        yield* Effect.mapError(refreshQuarantine, failed)
      }),
      releaseOrphan: Effect.fnUntraced(function* (brokerOrderId, by, reason) {
        const at = instantOfMs(yield* Clock.currentTimeMillis)
        const released = yield* Effect.mapError(store.releaseOrphan(brokerOrderId, by, reason, at), failed)
        if (!released) {
          return yield* new ReconciliationError({ message: `There is no order ${brokerOrderId} to release.` })
        }
        yield* Effect.mapError(refreshQuarantine, failed)
      })
    })
  })

const textOf = (error: { readonly message?: string; readonly reason?: unknown }): string => {
  if (error.message !== undefined && error.message !== "") return error.message
  const reason = error.reason as
    | { readonly _tag?: string; readonly message?: string; readonly cause?: string }
    | undefined
  return `${reason?._tag ?? "unknown"} ${reason?.message ?? reason?.cause ?? ""}`.trim()
}

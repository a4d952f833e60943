import { BigDecimal, Clock, Effect, Option } from "effect"
import { type Decimal, decimalText, parseDecimal, zero } from "../../../kernel/decimal.ts"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { refusedByVenue } from "../../domain/order/order.ts"
import { lossDayOf } from "../../domain/safety/loss-day.ts"
import {
  baselineFor,
  type DayBaseline,
  type MonitorLimits,
  type Observation,
  raisePeak,
  tripsOf
} from "../../domain/safety/monitor.ts"
import type { SafetySettings } from "../../domain/safety/safety-settings.ts"
import { OrderDesk } from "../../ports/order-desk.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Quotes } from "../../ports/quotes.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { Safety } from "../../ports/safety.ts"
import { type MonitorRun, SafetyState } from "../../ports/safety-state.ts"
import { VenueWatch } from "../../ports/trade-conditions.ts"
import { MonitorFindings, VenueHealth } from "../../ports/venue-health.ts"

const baselineName = "safety.baseline"
/** Working orders that a closed gate finds are cancelled again at most this often. */
const cancelAgainMs = 5000

const textOf = ({ day, equityAtStart, peak }: DayBaseline): string =>
  JSON.stringify({ day, equityAtStart: decimalText(equityAtStart), peak: decimalText(peak) })

/** Undefined: it cannot be read, so that the day's losses are not known. */
const baselineOf = (text: string): DayBaseline | undefined => {
  try {
    const record: Partial<Record<string, unknown>> = JSON.parse(text)
    const { day } = record
    const equityAtStart = parseDecimal(String(record["equityAtStart"]))
    const peak = parseDecimal(String(record["peak"]))
    return typeof day !== "string" || equityAtStart === undefined || peak === undefined
      ? undefined
      : { day, equityAtStart, peak }
  } catch {
    return undefined
  }
}

/**
 * One look at everything. It fails when it could not see all or could not write what it found: then no sign of life is
 * given, and the gate of every host closes.
 */
export const makeMonitor = Effect.fnUntraced(function* (options: {
  readonly limits: () => MonitorLimits
  readonly settings: Pick<SafetySettings, "cancel">
  readonly run: Omit<MonitorRun, "look">
}) {
  const [state, safety, store, entrance] = [yield* SafetyState, yield* Safety, yield* OrderStore, yield* OrderDesk]
  const [quotes, reconciler, watch] = [yield* Quotes, yield* Reconciler, yield* VenueWatch]
  const [health, findings] = [yield* VenueHealth, yield* MonitorFindings]
  const beganMs = yield* monotonicMs
  let look = 0
  let cancelledAtMs = Number.NEGATIVE_INFINITY
  let baseline: DayBaseline | undefined

  const quoteAge = Effect.fnUntraced(function* (nowMs: number) {
    const session = lossDayOf(nowMs)
    if (session === undefined || nowMs < session.open || nowMs >= session.close) return undefined
    const { positions } = yield* store.exposure
    const held = [...positions.values()].filter(({ quantity }) => !BigDecimal.isZero(quantity))
    if (held.length === 0) return undefined
    const times = held.flatMap(({ symbol }) => quotes.quote(symbol)?.at ?? [])
    // A program that has just begun has no quotes yet: their age counts from its own start then.
    const sinceMs = Math.max(session.open, nowMs - ((yield* monotonicMs) - beganMs))
    const newestMs = times.reduce((newest, at) => Math.max(newest, Number(at / 1_000_000n)), sinceMs)
    return Math.max(0, nowMs - newestMs)
  })

  /** Refusals before the last reset have been judged: counted again, no reset would ever hold. */
  const rejects = Effect.fnUntraced(function* (window: number) {
    const { resetAtMs = 0 } = yield* state.breaker({ level: "account" })
    const since = instantOfMs(resetAtMs)
    const answered = (yield* store.latestOrders(window * 2)).filter(
      (order) =>
        order.createdAt >= since &&
        order.sending !== "dryRun" &&
        (order.brokerOrderId !== undefined || refusedByVenue(order))
    )
    return answered.slice(0, window).map(refusedByVenue)
  })

  const keepBaseline = Effect.fnUntraced(function* (nowMs: number | undefined, equity: Decimal, atClose: Decimal) {
    if (baseline === undefined) {
      const stored = yield* store.value(baselineName)
      if (Option.isSome(stored)) {
        baseline = baselineOf(stored.value)
        if (baseline === undefined) {
          return yield* Effect.fail(new Error(`The stored value ${baselineName} cannot be read: correct or remove it.`))
        }
      }
    }
    // Without the venue's clock no day begins: this host's may be wrong.
    const day = nowMs === undefined ? undefined : lossDayOf(nowMs)?.day
    const begun = day === undefined ? baseline : baselineFor(baseline, day, atClose)
    const next = begun === undefined ? undefined : raisePeak(begun, equity)
    if (next === undefined || next === baseline) return
    yield* store.setValue(baselineName, textOf(next))
    baseline = next
  })

  const observe = Effect.fnUntraced(function* (nowMs: number) {
    const at = watch.exchangeNow(nowMs)
    const exchangeMs = at === undefined ? undefined : Number(at / 1_000_000n)
    const account = watch.account()
    const finite =
      health.invalidAccount() === "" && (account === undefined || !BigDecimal.isLessThan(account.equity, zero))
    if (account !== undefined && finite) yield* keepBaseline(exchangeMs, account.equity, account.equityAtClose)
    const { last } = yield* reconciler.status
    const { rejectWindow } = options.limits()
    return {
      equity: finite ? account?.equity : undefined,
      finite,
      quoteAgeMs: yield* quoteAge(exchangeMs ?? nowMs),
      venueErrorsInRow: health.errorsInRow(),
      rejects: yield* rejects(rejectWindow),
      unexplainedDifferences: last?.unexplained.length ?? 0,
      accountBlocks: account?.blocks ?? []
    } satisfies Observation
  })

  /** Orders of this host that work although another host has closed the gate, or a crash came between. */
  const cancelLeft = Effect.fnUntraced(function* () {
    const { cancel } = options.settings
    const { breakers, killSwitch } = state.view("", "")
    if (cancel === "none" || (killSwitch.state !== "engaged" && breakers[0]?.state !== "tripped")) return
    const nowMs = yield* monotonicMs
    if (nowMs - cancelledAtMs < cancelAgainMs) return
    cancelledAtMs = nowMs
    yield* entrance.cancelAll(cancel, "monitor")
  })

  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const seen = yield* observe(nowMs)
    const trips = tripsOf(options.limits(), baseline, seen)
    findings.keep({ atMs: nowMs, seen, trips, baseline })
    const [first] = trips
    if (first !== undefined) {
      const others = trips.slice(1).map(({ reason }) => reason)
      const details = others.length === 0 ? first.details : `${first.details}; also ${others.join(", ")}`
      yield* safety.trip({ level: "account" }, first.reason, details, "monitor")
    }
    yield* cancelLeft()
    yield* state.confirmMonitor({ ...options.run, look: ++look })
    return trips
  })
})

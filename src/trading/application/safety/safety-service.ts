import { Clock, Effect, Layer } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import type { TripReason } from "../../domain/risk/safety.ts"
import { type Breaker, initialBreaker, reset, trip, wordOf } from "../../domain/safety/breaker.ts"
import {
  disengage,
  engage,
  initialKillSwitch,
  isRefusal,
  type SafetyAct,
  type SafetyRefusal
} from "../../domain/safety/kill-switch.ts"
import type { SafetySettings } from "../../domain/safety/safety-settings.ts"
import { OrderDesk } from "../../ports/order-desk.ts"
import {
  type BreakerStatus,
  type Cancelled,
  Safety,
  SafetyAlerts,
  type SafetyEvent,
  SafetyRefused,
  type SafetyRequest
} from "../../ports/safety.ts"
import { type BreakerScope, SafetyState, SafetyStateError } from "../../ports/safety-state.ts"
import { MonitorFindings } from "../../ports/venue-health.ts"
import { makeFlatten } from "./flatten.ts"
import { makeSafetyJournal, type SafetyRow } from "./safety-journal.ts"
import { scopeText } from "./safety-records.ts"

export const reasonMin = 20
/** An order that does not answer must not hold back the report of a trip; the monitor asks again. */
const cancelMs = 2000

const lostRecord = "its record was lost, so what it said is not known: reset it after a look at the journal"

const longEnough = ({ reason }: SafetyRequest) =>
  reason.trim().length >= reasonMin
    ? Effect.void
    : Effect.fail(
        new SafetyRefused({
          code: "REASON_TOO_SHORT",
          message: `reason: give at least ${reasonMin} characters that say why this is right now.`
        })
      )

const make = Effect.fnUntraced(function* (settings: Pick<SafetySettings, "cancel" | "monitorSilentMs">) {
  const [state, entrance, alerts, findings] = [
    yield* SafetyState,
    yield* OrderDesk,
    yield* SafetyAlerts,
    yield* MonitorFindings
  ]
  const journal = yield* makeSafetyJournal
  const flatten = yield* makeFlatten

  const actOf = ({ by, reason }: SafetyRequest): Effect.Effect<SafetyAct> =>
    Effect.map(Clock.currentTimeMillis, (atMs) => ({ by, reason, atMs, day: newYorkTradingDay(atMs).day }))
  const rowOf = (command: string, scope: string, { atMs, by, reason }: SafetyAct, details = ""): SafetyRow => ({
    command,
    step: "asked",
    scope,
    by,
    reason,
    details,
    atMs
  })
  const raise = (type: SafetyEvent["type"], row: SafetyRow, details = row.details) => {
    const { atMs, by, reason, scope } = row
    return alerts.raise({ type, scope, by, reason, details, atMs })
  }
  /** The row of a command that opens; then the change, and what became of it. */
  const opened = <A, E extends { readonly message: string }>(row: SafetyRow, change: Effect.Effect<A, E>) =>
    journal.opening(row).pipe(
      Effect.andThen(change),
      Effect.tapError(({ message }) => journal.closing({ ...row, step: "failed", details: message })),
      Effect.tap(() => journal.closing({ ...row, step: "done" }))
    )
  const accepted = <A extends object>(result: A | SafetyRefusal): Effect.Effect<A, SafetyRefused> =>
    isRefusal(result)
      ? Effect.fail(new SafetyRefused({ code: result.refused, message: result.message }))
      : Effect.succeed(result)

  const cancelOf = (by: string, scope: BreakerScope): Effect.Effect<Cancelled> => {
    if (settings.cancel === "none") return Effect.succeed({ asked: 0, problem: "" })
    const of = scope.level === "account" ? {} : scope
    return entrance.cancelAll(settings.cancel, by, of).pipe(
      Effect.map((asked) => ({ asked, problem: "" })),
      Effect.timeout(cancelMs),
      Effect.catchCause((cause) =>
        Effect.succeed({ asked: 0, problem: `working orders may be left: ${String(cause)}` })
      )
    )
  }
  const closed = Effect.fnUntraced(function* (type: "engaged" | "tripped", row: SafetyRow, scope: BreakerScope) {
    const cancelled = yield* cancelOf(row.by, scope)
    const parts = [row.details, `cancels requested: ${cancelled.asked}`, cancelled.problem]
    const details = parts.filter((part) => part !== "").join("; ")
    yield* journal.closing({ ...row, step: "done", details })
    yield* raise(type, row, details)
    return cancelled
  })
  /** The stop could not be written: what works at the venue is cancelled all the same. */
  const cancelledUnwritten =
    (row: SafetyRow, scope: BreakerScope) =>
    (error: SafetyStateError): Effect.Effect<never, SafetyStateError> =>
      Effect.gen(function* () {
        const { asked, problem } = yield* cancelOf(row.by, scope)
        const parts = [error.message, `Cancels requested all the same: ${asked}.`, problem]
        const message = parts.filter((part) => part !== "").join(" ")
        yield* journal.closing({ ...row, step: "failed", details: message })
        return yield* new SafetyStateError({ reason: error.reason, message })
      })

  const causeOf = (breaker: Breaker, nowMs: number): boolean | undefined => {
    const newest = findings.newest()
    const { tripReason } = breaker
    if (tripReason === "MONITOR_SILENT") return (state.monitorSilentMs() ?? nowMs) > settings.monitorSilentMs
    if (newest === undefined || nowMs - newest.atMs > settings.monitorSilentMs) return undefined
    if (tripReason === undefined || tripReason === "MANUAL" || tripReason === "ORDER_RATE") return undefined
    return newest.trips.some(({ reason }) => reason === tripReason)
  }
  const statusOf = (scope: string, breaker: Breaker | SafetyStateError, nowMs: number): BreakerStatus => {
    if (breaker instanceof SafetyStateError) {
      return { scope, word: "UNKNOWN", breaker: undefined, causeHolds: undefined, detail: breaker.message }
    }
    const word = wordOf(breaker, nowMs)
    const causeHolds = word === "OPEN" ? false : causeOf(breaker, nowMs)
    return { scope, word, breaker, causeHolds, detail: breaker.tripDetails }
  }

  return Safety.of({
    status: Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const killSwitch = yield* state.killSwitch.pipe(
        Effect.catch(({ message }) => Effect.succeed({ unknown: message }))
      )
      const breakers = yield* state.breakers.pipe(
        Effect.map((all) => [...all].map(([scope, breaker]) => statusOf(scope, breaker, nowMs))),
        Effect.catch((error) => Effect.succeed([statusOf("account", error, nowMs)]))
      )
      return { killSwitch, breakers, monitorSilentMs: state.monitorSilentMs(), finding: findings.newest() }
    }),
    engage: Effect.fnUntraced(function* (request, scope) {
      const act = yield* actOf(request)
      const row = rowOf("engage", scope, act)
      yield* journal.closing(row)
      const account: BreakerScope = { level: "account" }
      const found = yield* state
        .changeKillSwitch((before) => engage(before, act, scope))
        .pipe(Effect.catch(cancelledUnwritten(row, account)))
      const now = yield* accepted(found).pipe(
        Effect.tapError(({ message }) => journal.closing({ ...row, step: "failed", details: message }))
      )
      return { now, cancelled: yield* closed("engaged", row, account) }
    }),
    disengage: Effect.fnUntraced(function* (request) {
      yield* longEnough(request)
      const act = yield* actOf(request)
      const row = rowOf("disengage", "account", act)
      const change = Effect.flatMap(
        state.changeKillSwitch((before) => disengage(before, act)),
        accepted
      )
      const now = yield* opened(row, change)
      yield* raise("disengaged", row)
      return now
    }),
    trip: Effect.fnUntraced(function* (scope, reason: TripReason, details, by) {
      const act = yield* actOf({ by, reason })
      const first = scope.level === "account" ? undefined : initialBreaker(act)
      const before = yield* Effect.result(state.breaker(scope))
      const nothing: Cancelled = { asked: 0, problem: "" }
      if (before._tag === "Success" && before.success.state === "tripped") {
        return { now: before.success, isNew: false, cancelled: nothing }
      }
      const row = rowOf("trip", scopeText(scope), act, details)
      yield* journal.closing(row)
      let isNew = false
      const change = (now: Breaker): Breaker => {
        const next = trip(now, reason, details, act.atMs, act.day)
        isNew = next !== now
        return next
      }
      const now = yield* state
        .changeBreaker<never>(scope, change, first)
        .pipe(Effect.catch(cancelledUnwritten(row, scope)))
      return { now, isNew, cancelled: isNew ? yield* closed("tripped", row, scope) : nothing }
    }),
    reset: Effect.fnUntraced(function* (scope, request) {
      yield* longEnough(request)
      const act = yield* actOf(request)
      const before = yield* state.breaker(scope)
      const causeHolds = causeOf(before, act.atMs)
      const text = causeHolds === undefined ? "not known" : causeHolds ? "yes" : "no"
      const row = rowOf("reset", scopeText(scope), act, `the cause ${before.tripReason ?? ""} holds: ${text}`)
      if (before.state === "tripped" && causeHolds === true && !request.acknowledged) {
        return yield* new SafetyRefused({
          code: "CAUSE_HOLDS",
          message: `The cause of the trip still holds (${before.tripReason}: ${before.tripDetails}): remove it, or acknowledge it.`
        })
      }
      const change = Effect.flatMap(
        state.changeBreaker(scope, (now) => reset(now, act)),
        accepted
      )
      const now = yield* opened(row, change)
      yield* raise("reset", row)
      return { now, causeHolds }
    }),
    initialise: Effect.fnUntraced(function* (request) {
      yield* longEnough(request)
      const act = yield* actOf(request)
      // What a lost record said is not known, so its successor begins closed: a deletion must not end a stop.
      const isLost = yield* journal.hasDone
      const row = rowOf("initialise", "account", act, isLost ? "after a loss: what is created begins closed" : "")
      const first = [initialKillSwitch(act), initialBreaker(act)] as const
      const [killSwitch, breaker] = isLost
        ? [yield* accepted(engage(first[0], act, "entries")), trip(first[1], "MANUAL", lostRecord, act.atMs, act.day)]
        : first
      const change = Effect.flatMap(state.initialise(killSwitch, breaker), (created) =>
        created.length > 0
          ? Effect.succeed(created)
          : Effect.fail(
              new SafetyRefused({
                code: "ALREADY_INITIALISED",
                message: "The kill switch and the circuit breaker have a record: nothing was changed."
              })
            )
      )
      const created = yield* opened(row, change)
      yield* raise("initialised", row, created.join(", "))
      return created
    }),
    flattenText: flatten.text,
    flatten: Effect.fnUntraced(function* (request) {
      yield* longEnough(request)
      const act = yield* actOf(request)
      const row = rowOf("flatten", "account", act, request.confirmation)
      const { breakers, killSwitch } = state.view("", "")
      const isClosed = killSwitch.state === "engaged" || breakers[0]?.state === "tripped"
      if (!isClosed) {
        return yield* new SafetyRefused({
          code: "ENTRIES_OPEN",
          message: "New entries could open what is being closed: engage the kill switch for entries first."
        })
      }
      const report = yield* opened(row, flatten.run(request))
      yield* raise("flattened", row, report.flat ? "flat" : "positions are left")
      return report
    })
  })
})

export const layer = (settings: Pick<SafetySettings, "cancel" | "monitorSilentMs">) =>
  Layer.effect(Safety, make(settings))

import type { BreakerView, TripReason } from "../risk/safety.ts"
import type { SafetyAct, SafetyRefusal } from "./kill-switch.ts"

/** Exits only, for this long after a reset. The reference's value. */
export const quietPeriodMs = 300_000

/** One breaker as it is kept: of the account, a strategy or a symbol. Times are epoch milliseconds. */
export interface Breaker {
  /** `open` is the reference's word for trading. The end of a quiet period is read from `resetAtMs`. */
  readonly state: "open" | "tripped" | "quietPeriod"
  readonly trippedAtMs: number | undefined
  readonly tripReason: TripReason | undefined
  readonly tripDetails: string
  readonly resetAtMs: number | undefined
  readonly resetBy: string
  /** Trips on `day`, the exchange's trading day. */
  readonly tripsToday: number
  readonly day: string
}

/** Only an operator creates the state. */
export const initialBreaker = (act: SafetyAct): Breaker => ({
  state: "open",
  trippedAtMs: undefined,
  tripReason: undefined,
  tripDetails: "",
  resetAtMs: undefined,
  resetBy: act.by,
  tripsToday: 0,
  day: act.day
})

/** Trips from every state. A breaker that is tripped keeps its first reason and is given back as it is. */
export const trip = (now: Breaker, reason: TripReason, details: string, atMs: number, day: string): Breaker =>
  now.state === "tripped"
    ? now
    : {
        ...now,
        state: "tripped",
        trippedAtMs: atMs,
        tripReason: reason,
        tripDetails: details,
        tripsToday: (day === now.day ? now.tripsToday : 0) + 1,
        day
      }

/** Ends a trip: a quiet period begins. The reason of the trip stays, for those who look at it. */
export const reset = (now: Breaker, act: SafetyAct): Breaker | SafetyRefusal =>
  now.state === "tripped"
    ? { ...now, state: "quietPeriod", resetAtMs: act.atMs, resetBy: act.by }
    : {
        refused: "NOT_TRIPPED",
        message: `Cannot reset circuit breaker: current state is ${wordOf(now, act.atMs)}, must be TRIPPED`
      }

const quietLeftMs = (now: Breaker, atMs: number): number =>
  now.state === "quietPeriod" ? (now.resetAtMs ?? atMs) + quietPeriodMs - atMs : 0

/** The state in the reference's word. A quiet period has ended when strictly more than its length has passed. */
export const wordOf = (now: Breaker, atMs: number): "OPEN" | "TRIPPED" | "QUIET_PERIOD" =>
  now.state === "tripped"
    ? "TRIPPED"
    : now.state === "quietPeriod" && quietLeftMs(now, atMs) >= 0
      ? "QUIET_PERIOD"
      : "OPEN"

/** What the gate sees at a moment. A clock that went back makes a quiet period longer, never shorter than it was. */
export const viewOf = (now: Breaker, atMs: number): BreakerView => {
  const word = wordOf(now, atMs)
  if (word === "TRIPPED") return { state: "tripped", reason: now.tripReason ?? "MANUAL", details: now.tripDetails }
  return word === "OPEN"
    ? { state: "open" }
    : { state: "quietPeriod", secondsLeft: Math.ceil(quietLeftMs(now, atMs) / 1000) }
}

import { Context, type Effect, Schema } from "effect"
import type { TripReason } from "../domain/risk/safety.ts"
import type { Breaker } from "../domain/safety/breaker.ts"
import type { KillSwitch } from "../domain/safety/kill-switch.ts"
import type { DayBaseline, Observation, Trip } from "../domain/safety/monitor.ts"
import type { BreakerScope, SafetyStateError } from "./safety-state.ts"

/** What an operator gives with a command. */
export interface SafetyRequest {
  readonly by: string
  readonly reason: string
}

/** The command has no effect. `message`: one sentence with the fix. */
export class SafetyRefused extends Schema.TaggedError<SafetyRefused>()("SafetyRefused", {
  code: Schema.Literals([
    "ALREADY_ENGAGED",
    "NOT_ENGAGED",
    "NOT_TRIPPED",
    "ALREADY_INITIALISED",
    "REASON_TOO_SHORT",
    "CAUSE_HOLDS",
    "NOT_JOURNALED",
    "ENTRIES_OPEN",
    "NOT_CONFIRMED",
    "UNAVAILABLE"
  ]),
  message: Schema.String
}) {}

/** What the monitor found last. Times are epoch milliseconds. */
export interface MonitorFinding {
  readonly atMs: number
  readonly seen: Observation
  readonly trips: ReadonlyArray<Trip>
  readonly baseline: DayBaseline | undefined
}

export interface BreakerStatus {
  readonly scope: string
  readonly word: "OPEN" | "TRIPPED" | "QUIET_PERIOD" | "UNKNOWN"
  readonly breaker: Breaker | undefined
  /** By the monitor's newest finding; undefined: it is not known whether the cause of the trip holds. */
  readonly causeHolds: boolean | undefined
  readonly detail: string
}

export interface SafetyStatus {
  readonly killSwitch: KillSwitch | { readonly unknown: string }
  readonly breakers: ReadonlyArray<BreakerStatus>
  readonly monitorSilentMs: number | undefined
  readonly finding: MonitorFinding | undefined
}

/** What a closing command did with the working orders. `problem`: why it could not ask for all; empty for none. */
export interface Cancelled {
  readonly asked: number
  readonly problem: string
}

/** One symbol of a flatten. `left` is what the book says at the end, in shares. */
export interface FlattenLine {
  readonly symbol: string
  readonly quantity: string
  readonly clientOrderId: string | undefined
  readonly left: string
  readonly problem: string
}
export interface FlattenReport {
  /** True only when the book has no position left. */
  readonly flat: boolean
  readonly cancelled: Cancelled
  readonly lines: ReadonlyArray<FlattenLine>
}

/** Something that an operator must know of. */
export interface SafetyEvent {
  readonly type: "engaged" | "disengaged" | "tripped" | "reset" | "initialised" | "flattened" | "notJournaled"
  readonly scope: string
  readonly by: string
  readonly reason: string
  readonly details: string
  readonly atMs: number
}

/** Takes events to log, stream and alerts. It promises: it never fails and never waits for a consumer. */
export class SafetyAlerts extends Context.Service<
  SafetyAlerts,
  { readonly raise: (event: SafetyEvent) => Effect.Effect<void> }
>()("tickd/trading/SafetyAlerts") {}

/**
 * The commands of the safety states. It promises: a journal row is written before a state changes, and nothing opens
 * without one; what closes closes even when the journal cannot be written, and says so.
 */
export class Safety extends Context.Service<
  Safety,
  {
    readonly status: Effect.Effect<SafetyStatus>
    readonly engage: (
      request: SafetyRequest,
      scope: KillSwitch["scope"]
    ) => Effect.Effect<{ readonly now: KillSwitch; readonly cancelled: Cancelled }, SafetyRefused | SafetyStateError>
    readonly disengage: (request: SafetyRequest) => Effect.Effect<KillSwitch, SafetyRefused | SafetyStateError>
    /** A breaker that is tripped already stays as it is, and nothing is written: `isNew` false. */
    readonly trip: (
      scope: BreakerScope,
      reason: TripReason,
      details: string,
      by: string
    ) => Effect.Effect<
      { readonly now: Breaker; readonly isNew: boolean; readonly cancelled: Cancelled },
      SafetyStateError
    >
    /** `acknowledged`: the operator has seen that the cause holds. */
    readonly reset: (
      scope: BreakerScope,
      request: SafetyRequest & { readonly acknowledged: boolean }
    ) => Effect.Effect<
      { readonly now: Breaker; readonly causeHolds: boolean | undefined },
      SafetyRefused | SafetyStateError
    >
    readonly initialise: (
      request: SafetyRequest
    ) => Effect.Effect<ReadonlyArray<string>, SafetyRefused | SafetyStateError>
    /** The text that confirms a flatten of the positions of this moment, e.g. `flatten 3 symbols`. */
    readonly flattenText: Effect.Effect<string, SafetyRefused>
    readonly flatten: (
      request: SafetyRequest & { readonly confirmation: string }
    ) => Effect.Effect<FlattenReport, SafetyRefused>
  }
>()("tickd/trading/Safety") {}

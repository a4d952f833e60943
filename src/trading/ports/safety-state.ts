import { Context, type Effect, Schema } from "effect"
import type { BreakerView, KillSwitchView } from "../domain/risk/safety.ts"
import type { Breaker } from "../domain/safety/breaker.ts"
import type { KillSwitch } from "../domain/safety/kill-switch.ts"

/** The state was not changed, because it cannot be read or written, or another one changed it at the same time. */
export class SafetyStateError extends Schema.TaggedError<SafetyStateError>()("SafetyStateError", {
  reason: Schema.Literals(["unreachable", "missing", "conflict", "unreadable"]),
  message: Schema.String
}) {}

/** Which breaker: of the whole account, of a strategy or of a symbol. */
export type BreakerScope =
  | { readonly level: "account" }
  | { readonly level: "strategy"; readonly strategyId: string }
  | { readonly level: "symbol"; readonly symbol: string }

/** Which run of which process says that the monitor works. */
export interface MonitorRun {
  readonly run: string
  readonly host: string
  readonly pid: number
  /** Grows with each look of this run. */
  readonly look: number
}

/** What a change gives back instead of a state, when it does not apply. */
export interface Refusal {
  readonly refused: string
}

/**
 * The kill switch and the breakers, shared by every host. It promises: a write succeeds only on the state that was
 * read (compare and set); a state that is missing, unreadable or not confirmed within its heartbeat is seen as
 * `unknown`; a monitor that is silent is seen as a tripped breaker; nothing creates a state but `initialise`, and the
 * first trip of a strategy or a symbol.
 */
export class SafetyState extends Context.Service<
  SafetyState,
  {
    /** From memory, without a wait: the gate asks for each order. Only breakers that exist are in it. */
    readonly view: (
      strategyId: string,
      symbol: string
    ) => { readonly killSwitch: KillSwitchView; readonly breakers: ReadonlyArray<BreakerView> }
    readonly killSwitch: Effect.Effect<KillSwitch, SafetyStateError>
    readonly breaker: (scope: BreakerScope) => Effect.Effect<Breaker, SafetyStateError>
    /** Every breaker that exists, by the text of its scope, from memory; an error for one that cannot be read. */
    readonly breakers: Effect.Effect<ReadonlyMap<string, Breaker | SafetyStateError>, SafetyStateError>
    /** Reads, changes and writes; reads again after a conflict, three times at most. The same state is not written. */
    readonly changeKillSwitch: <R extends Refusal = never>(
      change: (now: KillSwitch) => KillSwitch | R
    ) => Effect.Effect<KillSwitch | R, SafetyStateError>
    /** `ifMissing`: what a breaker of a strategy or a symbol begins with. It has no effect on the account's. */
    readonly changeBreaker: <R extends Refusal = never>(
      scope: BreakerScope,
      change: (now: Breaker) => Breaker | R,
      ifMissing?: Breaker
    ) => Effect.Effect<Breaker | R, SafetyStateError>
    /** The monitor has looked at everything, and what it found is written. */
    readonly confirmMonitor: (monitor: MonitorRun) => Effect.Effect<void, SafetyStateError>
    /** Milliseconds since a monitor's last sign of life arrived here; undefined: none since this process began. */
    readonly monitorSilentMs: () => number | undefined
    /** Creates what is missing, and nothing else. Succeeds with what was created. */
    readonly initialise: (
      killSwitch: KillSwitch,
      breaker: Breaker
    ) => Effect.Effect<ReadonlyArray<string>, SafetyStateError>
  }
>()("tickd/trading/SafetyState") {}

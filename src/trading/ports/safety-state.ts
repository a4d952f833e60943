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

/**
 * The kill switch and the breakers, shared by every host. Every adapter promises: a write succeeds only on the state
 * that was read (compare and set); a state that is missing, unreadable or not confirmed within its heartbeat is seen
 * as `unknown`; nothing creates a state but `initialise`.
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
    /** Every breaker that exists, by the text of its scope. */
    readonly breakers: Effect.Effect<ReadonlyMap<string, Breaker>, SafetyStateError>
    /** Reads, changes and writes; reads again after a conflict, three times at most. `change` gives its own refusal. */
    readonly changeKillSwitch: <R>(
      change: (now: KillSwitch) => KillSwitch | R
    ) => Effect.Effect<KillSwitch | R, SafetyStateError>
    readonly changeBreaker: <R>(
      scope: BreakerScope,
      change: (now: Breaker) => Breaker | R
    ) => Effect.Effect<Breaker | R, SafetyStateError>
    /** Creates what is missing, and nothing else. Succeeds with what was created. */
    readonly initialise: (
      killSwitch: KillSwitch,
      breaker: Breaker
    ) => Effect.Effect<ReadonlyArray<string>, SafetyStateError>
  }
>()("tickd/trading/SafetyState") {}

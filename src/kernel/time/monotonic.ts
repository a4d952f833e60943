import { Clock, Effect } from "effect"

const wholeMs = (nanos: bigint): number => Math.floor(Number(nanos) / 1e6)

/**
 * Whole milliseconds since an arbitrary moment, for ages and deadlines. The wall clock is unsuitable: set back by an
 * hour, it would make a publisher wait an hour for an answer; set forward, it would declare a running writer dead.
 */
export const monotonicMs: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, wholeMs)

/** The same for code outside of effects. */
export const monotonicOf = (clock: Clock.Clock): number => wholeMs(clock.monotonicTimeNanosUnsafe())

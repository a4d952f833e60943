import { Clock, Effect } from "effect"

const wholeMs = (nanos: bigint): number => Math.floor(Number(nanos) / 1e6)

/**
 * Whole milliseconds since an arbitrary moment, for ages and deadlines. The wall clock is no use there: one that is set
 * back by an hour would make a publisher wait an hour for an answer, one that is set forward take a living writer for dead.
 */
export const monotonicMs: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, wholeMs)

/** The same for code that is no effect. */
export const monotonicOf = (clock: Clock.Clock): number => wholeMs(clock.monotonicTimeNanosUnsafe())

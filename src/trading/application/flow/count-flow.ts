import { Clock, Effect } from "effect"
import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"

/** One more of this key. */
export const countOne = <Key>(counts: Map<Key, number>, key: Key): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The same effect, with its duration recorded, whether it succeeds or not. */
export const timed = <A, E, R>(histogram: LatencyHistogram, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock: Clock.Clock) =>
    Effect.suspend(() => {
      const from = clock.monotonicTimeNanosUnsafe()
      return Effect.ensuring(
        effect,
        Effect.sync(() => histogram.record(Number(clock.monotonicTimeNanosUnsafe() - from) / 1e6))
      )
    })
  )

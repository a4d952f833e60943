import { Clock, Effect } from "effect"

/**
 * The clock of this fiber with a wall clock that can be set, like by an operator or NTP; `set` runs an effect under
 * it.
 */
export const settableWall = Effect.gen(function* () {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const wall = { offMs: 0 }
  const millis = () => clock.currentTimeMillisUnsafe() + wall.offMs
  const nanos = () => BigInt(Math.round(millis())) * 1_000_000n
  const service: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  const set = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, Clock.Clock, service)
  return { wall, set }
})

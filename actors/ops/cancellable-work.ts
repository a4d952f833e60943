import { Deferred, Effect, Queue } from "effect"

interface Job {
  readonly effect: Effect.Effect<unknown>
  readonly cancelled: Deferred.Deferred<void>
  readonly ended: Deferred.Deferred<void>
}

/** A state that is left cancels its work, so that one job waits at most. */
const jobsMax = 4

/**
 * One piece of work at a time, beside the caller. `run` carries the work out and never ends. `cancel` interrupts the
 * current work and waits until it has stopped; work that has not begun does not begin.
 */
export const makeWork = Effect.gen(function* () {
  const jobs = yield* Queue.bounded<Job>(jobsMax)
  let current: Job | undefined
  const begin = (effect: Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      current = { effect, cancelled: yield* Deferred.make<void>(), ended: yield* Deferred.make<void>() }
      yield* Queue.offer(jobs, current)
    })
  const cancel = Effect.suspend(() => {
    if (current === undefined) return Effect.void
    const { cancelled, ended } = current
    return Effect.andThen(Deferred.succeed(cancelled, undefined), Deferred.await(ended))
  })
  const run = Effect.gen(function* () {
    while (true) {
      const { cancelled, effect, ended } = yield* Queue.take(jobs)
      const isCancelled = yield* Deferred.isDone(cancelled)
      const work = isCancelled ? Effect.void : Effect.raceFirst(effect, Deferred.await(cancelled))
      yield* Effect.ensuring(work, Deferred.succeed(ended, undefined))
    }
  })
  return { begin, cancel, run: run as Effect.Effect<never> }
})

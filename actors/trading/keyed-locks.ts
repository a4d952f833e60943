import { Effect, Semaphore } from "effect"

interface Lock {
  readonly semaphore: Semaphore.Semaphore
  users: number
}

/** One lock a key, which exists while it is used: what is done under one key is done one after the other. */
export const makeKeyedLocks = () => {
  const locks = new Map<string, Lock>()
  return <A, E, R>(key: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const lock = locks.get(key) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 }
      locks.set(key, lock)
      lock.users++
      return Effect.ensuring(
        lock.semaphore.withPermits(1)(effect),
        Effect.sync(() => {
          if (--lock.users === 0) locks.delete(key)
        })
      )
    })
}

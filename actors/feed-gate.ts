import { Effect, type Scope } from "effect"

/** Open: the feed's worker and session run. Closed: they are stopped, or were never started. */
export interface FeedGate {
  readonly isOpen: () => boolean
  readonly open: () => void
  readonly close: () => void
  /** Runs `body` while the gate is open, anew each time; `body` is interrupted, and has stopped, when it closes. */
  readonly whileOpen: <E, R>(
    body: Effect.Effect<unknown, E, R | Scope.Scope>
  ) => Effect.Effect<never, E, Exclude<R, Scope.Scope>>
}

/** Holds a feed back: the standby of a cold pair has no login until it is needed. Open at first. */
export const makeFeedGate = (): FeedGate => {
  let open = true
  let waiting: Array<() => void> = []
  const set = (to: boolean) => {
    if (open === to) return
    open = to
    const told = waiting
    waiting = []
    for (const tell of told) tell()
  }
  const until = (wanted: boolean): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      if (open === wanted) return resume(Effect.void)
      const tell = () => resume(Effect.void)
      waiting.push(tell)
      return Effect.sync(() => {
        waiting = waiting.filter((other) => other !== tell)
      })
    })
  return {
    isOpen: () => open,
    open: () => set(true),
    close: () => set(false),
    whileOpen: (body) =>
      Effect.forever(Effect.andThen(until(true), Effect.raceFirst(Effect.scoped(body), until(false))))
  }
}

import { Effect, type Scope } from "effect"

/** Open: the feed's worker and session run. Closed: they are stopped, or were never started. */
export interface FeedGate {
  readonly isOpen: () => boolean
  readonly open: () => void
  readonly close: () => void
  /** Completes when nothing runs behind the closed gate any more; at once when it is open, or nothing ran. */
  readonly stopped: Effect.Effect<void>
  /** Runs `body` while the gate is open, again after each opening. Closing interrupts `body` and waits for its end. */
  readonly whileOpen: <E, R>(
    body: Effect.Effect<unknown, E, R | Scope.Scope>
  ) => Effect.Effect<never, E, Exclude<R, Scope.Scope>>
}

/** Holds a feed back: the standby of a cold pair has no login until it is needed. Open at first. */
export const makeFeedGate = (): FeedGate => {
  let isOpen = true
  let runs = false
  let waiting: Array<() => void> = []
  const changed = () => {
    const reported = waiting
    waiting = []
    for (const tell of reported) tell()
  }
  const set = (open: boolean) => {
    if (isOpen === open) return
    isOpen = open
    changed()
  }
  const until = (holds: () => boolean): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (holds()) return resume(Effect.void)
        waiting.push(look)
      }
      look()
      return Effect.sync(() => {
        waiting = waiting.filter((other) => other !== look)
      })
    })
  const opened = until(() => isOpen)
  const closed = until(() => !isOpen)
  const running = (is: boolean) =>
    Effect.sync(() => {
      runs = is
      changed()
    })
  return {
    isOpen: () => isOpen,
    open: () => set(true),
    close: () => set(false),
    stopped: until(() => isOpen || !runs),
    whileOpen: (body) =>
      Effect.forever(
        Effect.andThen(
          opened,
          Effect.acquireUseRelease(
            running(true),
            () => Effect.raceFirst(Effect.scoped(body), closed),
            () => running(false)
          )
        )
      )
  }
}

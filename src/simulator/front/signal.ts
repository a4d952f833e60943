import { Effect } from "effect"

/**
 * Wakes every fiber that waits for a change of the sessions. Socket callbacks notify; pumps wait and then check
 * again, so an additional wake is harmless. No wake is lost, because nothing runs between check and wait.
 */
export class Signal {
  private waiting: Array<() => void> = []

  notify(): void {
    const woken = this.waiting
    this.waiting = []
    for (const resume of woken) resume()
  }

  /** Completes at the next `notify`. */
  readonly wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    this.waiting.push(wake)
    return Effect.sync(() => {
      this.waiting = this.waiting.filter((other) => other !== wake)
    })
  })

  /** Completes at the next `notify`, at the latest after `ms`. */
  waitAtMost(ms: number): Effect.Effect<void> {
    return Effect.raceFirst(this.wait, Effect.sleep(ms))
  }
}

/** Lets sockets flush and requests in: a pump that never waits must not block the event loop. */
export const nextTurn: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})

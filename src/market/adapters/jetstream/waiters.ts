import { Effect } from "effect"

interface Waiter {
  readonly ready: () => boolean
  readonly wake: () => void
}

/** Fibers that wait for a condition. It is checked when `changed` is called, never by a timer. */
export class Waiters {
  private waiting: Array<Waiter> = []

  until(ready: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (ready()) {
        resume(Effect.void)
        return
      }
      const waiter: Waiter = { ready, wake: () => resume(Effect.void) }
      this.waiting.push(waiter)
      return Effect.sync(() => {
        this.waiting = this.waiting.filter((other) => other !== waiter)
      })
    })
  }

  changed(): void {
    if (this.waiting.length === 0) return
    const woken = this.waiting.filter((waiter) => waiter.ready())
    if (woken.length === 0) return
    this.waiting = this.waiting.filter((waiter) => !woken.includes(waiter))
    for (const waiter of woken) waiter.wake()
  }
}

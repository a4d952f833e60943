import type { Clock, Scheduler } from "effect"
import { clockOf, type SimTime, type VirtualTime } from "./world/virtual-time.ts"

/** The time of one process: when it is killed, nothing of it ever runs again, no finalizer and no timer. */
export class ProcessClock implements SimTime {
  alive = true
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler
  private readonly time: VirtualTime

  constructor(time: VirtualTime) {
    this.time = time
    this.clock = clockOf(this)
    this.scheduler = time.schedulerWhile(() => this.alive)
  }

  get nowMs(): number {
    return this.time.nowMs
  }

  later(afterMs: number, run: () => void): () => void {
    return this.time.later(afterMs, () => {
      if (this.alive) run()
    })
  }
}

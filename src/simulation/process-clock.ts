import type { Clock, Scheduler } from "effect"
import { clockOf, type SimTime, type VirtualTime } from "./world/virtual-time.ts"

/** The clock of one process. After a kill nothing of it ever runs again, neither a finalizer nor a timer. */
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

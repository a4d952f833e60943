import { Clock, Context, Effect, Scheduler } from "effect"
import { clockOf, type SimTime, type VirtualTime } from "../../world/virtual-time.ts"

/** The clocks of one trading process. After a kill nothing of it ever runs again, neither a finalizer nor a timer. */
export class TradeProcess implements SimTime {
  alive = true
  readonly number: number
  /** For the fibers of this process. */
  readonly services: Context.Context<never>
  private readonly time: VirtualTime

  /** `skewMs`: this host's wall clock less the true time, as it is now. */
  constructor(time: VirtualTime, number: number, skewMs: () => number) {
    this.time = time
    this.number = number
    const wallMs = () => time.nowMs + skewMs()
    const wallNanos = () => BigInt(wallMs()) * 1_000_000n
    const clock: Clock.Clock = {
      ...clockOf(this),
      currentTimeMillisUnsafe: wallMs,
      currentTimeMillis: Effect.sync(wallMs),
      currentTimeNanosUnsafe: wallNanos,
      currentTimeNanos: Effect.sync(wallNanos)
    }
    const inner = time.schedulerWhile(() => this.alive)
    const dispatcher = inner.makeDispatcher()
    const scheduler: Scheduler.Scheduler = {
      ...inner,
      makeDispatcher: () => ({
        ...dispatcher,
        // A kill in the middle of a statement leaves tasks of that instant: they are not run any more.
        scheduleTask: (task, priority) =>
          dispatcher.scheduleTask(() => {
            if (this.alive) task()
          }, priority)
      })
    }
    this.services = Context.make(Clock.Clock, clock).pipe(
      Context.add(Scheduler.Scheduler, scheduler)
    ) as Context.Context<never>
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

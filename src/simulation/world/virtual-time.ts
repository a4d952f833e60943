import { type Clock, Duration, Effect, type Scheduler } from "effect"

interface Alarm {
  readonly dueMs: number
  readonly order: number
  run: (() => void) | undefined
}

/** Alarms between two turns of the real event loop: the delay of a signal, about 20 ms. */
const breathAlarms = 500

/** Cancelled alarms stay in the heap until they are due. Above this number it is swept. */
const sweepAbove = 4096

/** The functions of time for the parts of a world. */
export interface SimTime {
  readonly nowMs: number
  /** Runs `run` in `afterMs`, in sequence; returns a function that cancels it. */
  later(afterMs: number, run: () => void): () => void
}

/** Effect's clock over a time. */
export const clockOf = (time: SimTime): Clock.Clock => {
  const millis = () => time.nowMs
  // In two parts: nanoseconds of the epoch are more than a number holds.
  const nanos = () => {
    const wholeMs = Math.floor(time.nowMs)
    return BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((time.nowMs - wholeMs) * 1e6))
  }
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      if (!(millis > 0)) return Effect.void
      if (!Number.isFinite(millis)) return Effect.never
      return Effect.callback<void>((resume) => {
        const cancel = time.later(millis, () => resume(Effect.void))
        return Effect.sync(cancel)
      })
    }
  }
}

/**
 * Time, scheduler and event loop of one simulated world. Nothing here waits for real time or for the real event loop:
 * `advance` runs one alarm, then every task and microtask that follows from it, and only then the next alarm.
 * Not `TestClock`: that one gives a woken fiber a second of REAL time and continues without it afterwards, so a busy
 * machine changes the run; and it takes a turn of the event loop and a real timer for each wake, which costs more
 * than the tick line.
 */
export class VirtualTime implements SimTime {
  nowMs: number
  private readonly heap: Array<Alarm> = []
  private tasks: Array<() => void> = []
  private order = 0
  private dropped = 0
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler

  constructor(startMs: number) {
    this.nowMs = startMs
    this.clock = clockOf(this)
    this.scheduler = this.schedulerWhile(() => true)
  }

  /** Runs tasks while `isAlive`. */
  schedulerWhile(isAlive: () => boolean): Scheduler.Scheduler {
    const dispatcher: Scheduler.SchedulerDispatcher = {
      // One queue in sequence of arrival: the run loop of one fiber never overtakes another's.
      scheduleTask: (task) => {
        if (isAlive()) this.tasks.push(task)
      },
      flush: () => this.runTasks()
    }
    return {
      executionMode: "async",
      shouldYield: (fiber) => fiber.currentOpCount >= 2048,
      makeDispatcher: () => dispatcher
    }
  }

  /**
   * Runs `run` in `afterMs`; alarms of one instant ring in the sequence in which they were set. Returns a function
   * that cancels it.
   */
  later(afterMs: number, run: () => void): () => void {
    // Whole milliseconds, like the timers and the clock of a real process.
    const alarm: Alarm = { dueMs: Math.ceil(this.nowMs + Math.max(0, afterMs)), order: this.order++, run }
    this.push(alarm)
    return () => {
      if (alarm.run === undefined) return
      alarm.run = undefined
      if (++this.dropped > sweepAbove) this.sweep()
    }
  }

  /**
   * Rings alarms up to `untilMs`, or until `done` is true after one of them. `settled` is called after each instant's
   * work.
   */
  async advance(untilMs: number, done: () => boolean = () => false): Promise<void> {
    await this.settle()
    let sinceBreath = 0
    while (!done()) {
      const alarm = this.heap[0]
      if (alarm === undefined || alarm.dueMs > untilMs) break
      this.pop()
      const { run } = alarm
      if (run === undefined) {
        this.dropped--
        continue
      }
      this.nowMs = alarm.dueMs
      alarm.run = undefined
      run()
      await this.settle()
      // Lets signals and pipes of this process be handled; nothing of the world waits for that.
      if (++sinceBreath === breathAlarms) {
        sinceBreath = 0
        await new Promise<void>((resume) => void setImmediate(resume))
      }
    }
    if (!done() && this.nowMs < untilMs) this.nowMs = untilMs
  }

  /** Runs what is ready now: tasks, then the microtasks that they leave, until neither produces a new task. */
  async settle(): Promise<void> {
    do {
      this.runTasks()
      await undefined
    } while (this.tasks.length > 0)
  }

  private runTasks(): void {
    while (this.tasks.length > 0) {
      const tasks = this.tasks
      this.tasks = []
      for (const task of tasks) task()
    }
  }

  private before(a: Alarm, b: Alarm): boolean {
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
  }

  private push(alarm: Alarm): void {
    const { heap } = this
    let at = heap.length
    heap.push(alarm)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Alarm
      if (!this.before(alarm, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = alarm
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop() as Alarm
    if (heap.length > 0) this.sink(0, last)
  }

  private sink(from: number, alarm: Alarm): void {
    const { heap } = this
    let at = from
    while (true) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.before(heap[child + 1] as Alarm, heap[child] as Alarm)) child++
      const below = heap[child] as Alarm
      if (!this.before(below, alarm)) break
      heap[at] = below
      at = child
    }
    heap[at] = alarm
  }

  private sweep(): void {
    const alive = this.heap.filter((alarm) => alarm.run !== undefined)
    this.heap.length = 0
    for (const alarm of alive) this.push(alarm)
    this.dropped = 0
  }
}

import { Clock, Context, Effect, Fiber, Random, Scheduler } from "effect"
import { EndedRuns } from "./ended-runs.ts"
import type { Dice } from "./faults/dice.ts"
import { makeProcessRun } from "./make-run.ts"
import { ProcessClock } from "./process-clock.ts"
import type { ProcessRun, Surroundings } from "./process-run.ts"
import { lookAtEnd } from "./witnesses/invariants.ts"
import type { StoredTicks } from "./witnesses/stored-ticks.ts"
import { runOf } from "./witnesses/writer-witness.ts"
import { ticksOnDisk, tornBytes } from "./world/sim-disk.ts"
import type { VirtualTime } from "./world/virtual-time.ts"

/** Pause before a service manager or an operator restarts an ended daemon. */
const shortestPauseMs = 1500
const longestPauseMs = 6000
const lookEveryMs = 250
/** The sum of the stop deadlines of the tree's children. */
const stopMs = 90_000

interface Running {
  readonly time: ProcessClock
  readonly fiber: Fiber.Fiber<unknown, unknown>
  life: ProcessRun | undefined
  /** Stop requested: when, and for what. */
  stopping: { readonly sinceMs: number; readonly takeOver: boolean } | undefined
}

/** The service manager of the host: one daemon at a time, restarted whenever its process has ended. */
export class ProcessRuns {
  readonly ended: EndedRuns
  checks = 0
  private running: Running | undefined
  /**
   * What the last run left torn on the disk, and whether the next one must find all of it: only what is behind the
   * cursor.
   */
  private torn = { bytes: 0, isExact: true }
  /** Nothing is started any more. */
  private isOver = false
  private readonly around: Surroundings
  private readonly time: VirtualTime
  private readonly stored: StoredTicks
  private readonly dice: Dice
  private readonly onForce: (run: string) => void

  constructor(options: {
    readonly around: Surroundings
    readonly time: VirtualTime
    readonly stored: StoredTicks
    readonly dice: Dice
    /** A run of this name is started with `--take-over`. */
    readonly onForce: (run: string) => void
  }) {
    this.onForce = options.onForce
    this.around = options.around
    this.time = options.time
    this.stored = options.stored
    this.dice = options.dice
    this.ended = new EndedRuns(options.stored, options.around.complain, options.around.prints)
    const look = () => {
      this.look()
      if (!this.isOver) this.time.later(lookEveryMs, look)
    }
    this.time.later(lookEveryMs, look)
  }

  /** The running process, stopping or not. */
  get life(): ProcessRun | undefined {
    return this.running?.life
  }

  get isStopping(): boolean {
    return this.running?.stopping !== undefined
  }

  start(takeOver: boolean): void {
    const { around } = this
    const time = new ProcessClock(this.time)
    const number = around.runTimes.begin(time.nowMs)
    if (takeOver) this.onForce(runOf(number))
    if (number > 0) around.trace.note("life", `${number} begins${takeOver ? ", to take the stream over" : ""}`)
    const services = Context.make(Clock.Clock, time.clock).pipe(Context.add(Scheduler.Scheduler, time.scheduler))
    const born = (life: ProcessRun) => {
      running.life = life
      this.lookAtFound(life)
    }
    const fiber = Effect.runForkWith(services)(
      Effect.scoped(
        Effect.gen(function* () {
          // The process is known before any part of it runs.
          yield* Effect.yieldNow
          const life = yield* makeProcessRun({ number, takeOver, around, time })
          born(life)
          return yield* life.run
        })
      ).pipe(Random.withSeed(number === 0 ? `tickd ${around.seed}` : `tickd ${around.seed} ${number}`))
    )
    const running: Running = { time, fiber, life: undefined, stopping: undefined }
    this.running = running
  }

  /** Requests a stop of the daemon, which is restarted after it. False: there is none to stop. */
  restart(takeOver: boolean): boolean {
    const { running } = this
    if (running?.life === undefined || running.stopping !== undefined) return false
    running.stopping = { sinceMs: this.time.nowMs, takeOver }
    this.around.trace.note("stop", "to be started again")
    running.fiber.interruptUnsafe()
    return true
  }

  /** False: there is no process. */
  kill(isPower: boolean): boolean {
    const { running } = this
    const { broker, disk, trace } = this.around
    const life = running?.life
    if (running === undefined || life === undefined) return false
    running.time.alive = false
    trace.note("killed", isPower ? "the host has lost its power" : "SIGKILL")
    broker.abandonAll(this.dice.next())
    for (const front of life.fronts) front.die()
    life.files.unmount()
    disk.dieInWrite = undefined
    if (isPower) trace.note("disk", `${disk.losePower(() => this.dice.next())} bytes are gone`)
    this.over(life, true, isPower)
    return true
  }

  /** Stops the last daemon for good. `calm`: at rest, so nothing may be lost. */
  async stop(calm: boolean): Promise<void> {
    this.isOver = true
    const { complain, trace } = this.around
    const { running, time } = this
    if (running?.life === undefined) return
    trace.note("stop", "SIGTERM")
    const askedMs = time.nowMs
    const { fiber, life } = running
    const isCalm = calm && running.stopping === undefined
    fiber.interruptUnsafe()
    await time.advance(askedMs + stopMs, () => fiber.pollUnsafe() !== undefined)
    if (fiber.pollUnsafe() === undefined) complain(`the tree has not stopped ${stopMs} ms after the request`)
    else trace.note("stopped", `after ${time.nowMs - askedMs} ms`)
    this.closed(life, isCalm)
  }

  private look(): void {
    const { running } = this
    if (running === undefined || this.isOver) return
    const { complain } = this.around
    const exit = running.fiber.pollUnsafe()
    const { life, stopping } = running
    if (exit === undefined) {
      if (stopping !== undefined && this.time.nowMs - stopping.sinceMs > stopMs) {
        complain(`the tree has not stopped ${stopMs} ms after the request`)
      }
      return
    }
    // A tree may end by itself only after a supervisor reported that it gave up.
    if (stopping === undefined && life !== undefined && life.restarts.gaveUp === 0) {
      complain(`the tree ended without a supervisor giving up: ${String(exit)}`)
    }
    if (life === undefined) {
      this.around.trace.note("life", `did not begin: ${String(exit)}`)
      this.again(false)
      return
    }
    this.closed(life, false)
  }

  /** A daemon has ended by itself or by a stop. */
  private closed(life: ProcessRun, calm: boolean): void {
    const { around, running } = this
    const { disk, runTimes, complain } = around
    const publisher = life.registry.actor("publisher")
    const isAsked = running?.stopping !== undefined || this.isOver
    if (isAsked && publisher !== undefined && publisher.state !== "closed") {
      complain(`the publisher machine is ${publisher.state} after the stop`)
    }
    const onDisk = ticksOnDisk(disk, runTimes)
    this.checks += lookAtEnd({ life, stored: this.stored, onDisk: onDisk[life.number] ?? [], calm, complain })
    this.over(life, false)
  }

  /** A start reports how much it had to cut. */
  private lookAtFound({ spool, found }: ProcessRun): void {
    const { bytes, isExact } = this.torn
    this.checks++
    if (spool === undefined || (isExact ? found.cutBytes === bytes : found.cutBytes <= bytes)) return
    this.around.complain(`${bytes} bytes of the spool were torn, and the start reports ${found.cutBytes}`)
  }

  private over(life: ProcessRun, wasKilled: boolean, isPower = false): void {
    const { disk, runTimes } = this.around
    // The cursor may be newer than the records before it, which are not needed any more.
    this.torn = { bytes: tornBytes(disk), isExact: !isPower }
    const takeOver = this.running?.stopping?.takeOver ?? false
    this.ended.lastMs = this.time.nowMs
    this.ended.end(life, ticksOnDisk(disk, runTimes), wasKilled)
    this.again(takeOver)
  }

  private again(takeOver: boolean): void {
    this.running = undefined
    if (this.isOver) return
    this.time.later(this.dice.whole(shortestPauseMs, longestPauseMs), () => {
      if (!this.isOver && this.running === undefined) this.start(takeOver)
    })
  }
}

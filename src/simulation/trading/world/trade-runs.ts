import { Context, Effect, Fiber, Logger, Random } from "effect"
import { TradeEvents } from "../../../trading/ports/trade-events.ts"
import type { Dice } from "../../faults/dice.ts"
import { TradeProcess } from "./trade-process.ts"
import { makeTradeRun } from "./trade-run.ts"
import type { TradeRun, TradeWorld } from "./trade-world.ts"

/** Pause before the service manager starts an ended daemon. */
const shortestPauseMs = 1000
const longestPauseMs = 4000
const lookEveryMs = 500
/** The sum of the stop deadlines of the tree's children. */
const stopMs = 60_000

interface Running {
  readonly process: TradeProcess
  readonly fiber: Fiber.Fiber<unknown, unknown>
  run: TradeRun | undefined
  stoppingSinceMs: number | undefined
}

/** The service manager of the host: one daemon at a time, started whenever its process has ended. */
export class TradeRuns {
  /** Processes that were started. */
  started = 0
  private running: Running | undefined
  private isOver = false
  private readonly world: TradeWorld
  private readonly dice: Dice
  private readonly onBuilt: (run: TradeRun) => void

  constructor(world: TradeWorld, dice: Dice, onBuilt: (run: TradeRun) => void) {
    this.world = world
    this.dice = dice
    this.onBuilt = onBuilt
    const look = () => {
      if (this.isOver) return
      this.look()
      world.time.later(lookEveryMs, look)
    }
    world.time.later(lookEveryMs, look)
  }

  get run(): TradeRun | undefined {
    return this.running?.run
  }

  start(): void {
    const { host, seed, time, trace } = this.world
    const process = new TradeProcess(time, this.started++, () => host.skewMs)
    trace.note("process", `${process.number} begins`)
    const fiber = Effect.runForkWith(process.services)(
      Effect.scoped(
        Effect.gen({ self: this }, function* () {
          // The process is known before any part of it runs.
          yield* Effect.yieldNow
          const run = yield* makeTradeRun(this.world, process)
          running.run = run
          this.onBuilt(run)
          return yield* run.tree
        })
      ).pipe(Effect.provide(Logger.layer([loggerOf(trace)])), Random.withSeed(`trade ${seed} ${process.number}`))
    )
    const running: Running = { process, fiber, run: undefined, stoppingSinceMs: undefined }
    this.running = running
  }

  kill(why: string): boolean {
    const { running } = this
    if (running === undefined) return false
    this.world.trace.note("killed", why)
    running.process.alive = false
    this.over(running)
    return true
  }

  restart(): boolean {
    const { running } = this
    if (running?.run === undefined || running.stoppingSinceMs !== undefined) return false
    running.stoppingSinceMs = this.world.time.nowMs
    running.fiber.interruptUnsafe()
    return true
  }

  /** Stops the last process for good. */
  async stop(): Promise<void> {
    this.isOver = true
    const { running } = this
    if (running === undefined) return
    running.fiber.interruptUnsafe()
    const { complain, time, trace } = this.world
    const askedMs = time.nowMs
    await time.advance(askedMs + stopMs, () => running.fiber.pollUnsafe() !== undefined)
    if (running.fiber.pollUnsafe() === undefined) complain(`the tree has not stopped ${stopMs} ms after the request`)
    else trace.note("stopped", `after ${time.nowMs - askedMs} ms`)
    running.process.alive = false
  }

  private look(): void {
    const { running } = this
    if (running === undefined) return
    const { complain, time, trace } = this.world
    const exit = running.fiber.pollUnsafe()
    if (exit === undefined) {
      const { stoppingSinceMs } = running
      if (stoppingSinceMs !== undefined && time.nowMs - stoppingSinceMs > stopMs) {
        complain(`the tree has not stopped ${stopMs} ms after the request`)
      }
      return
    }
    if (running.run === undefined) trace.note("process", `${running.process.number} did not begin: ${String(exit)}`)
    else if (running.stoppingSinceMs === undefined) complain(`the tree ended by itself: ${String(exit)}`)
    running.process.alive = false
    this.over(running)
  }

  private over({ process }: Running): void {
    const { database, network, time } = this.world
    this.running = undefined
    database.processEnded()
    network.processEnded(process)
    time.later(this.dice.whole(shortestPauseMs, longestPauseMs), () => {
      if (!this.isOver && this.running === undefined) this.start()
    })
  }
}

/** The first line of each record: the others are places in the program, which differ between machines. */
const loggerOf = (trace: TradeWorld["trace"]) =>
  Logger.make<unknown, void>(({ logLevel, message }) =>
    trace.note("log", `${logLevel} ${String(message).split("\n", 1)[0]}`)
  )

/** Events of the daemon in the trace, and what witnesses read of them. */
export const traceRun = (world: TradeWorld, run: TradeRun): void => {
  const { complain, time, trace } = world
  const events = Context.get(run.services, TradeEvents)
  events.subscribe((event) => {
    switch (event.type) {
      case "orderChanged": {
        const { after, before } = event
        const filled = String(after.filled.value === 0n ? "" : ` filled ${after.filled.value}e-${after.filled.scale}`)
        return trace.note("order", `${after.clientOrderId} ${before.status} -> ${after.status}${filled}`)
      }
      case "reconciled":
        run.reconciledMs ??= time.nowMs
        return trace.note("reconciled", JSON.stringify(event.report))
      case "actorCrashed":
        if (run.process.alive) complain(`the actor of order ${event.clientOrderId} crashed: ${event.message}`)
        return
      case "safety":
        return trace.note(
          "safety",
          `${event.event.type} ${event.event.scope} ${event.event.reason} ${event.event.details}`
        )
      default:
        return trace.note("event", `${event.type} ${"message" in event ? event.message : ""}`)
    }
  })
}

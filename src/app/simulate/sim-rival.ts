import { Effect, Fiber } from "effect"
import { makeWriterFence } from "../../adapters/jetstream/writer-fence.ts"
import type { SimBroker } from "./sim-broker.ts"
import type { Trace } from "./trace.ts"
import type { SimTime } from "./virtual-time.ts"

const tickEveryMs = 200

/** A tick that the daemon can read, and that the witness of its own ticks does not take for one: it looks for a feed without a space. */
const foreignTick = (run: string, seq: number, nowMs: number): string =>
  `{"symbol":"rival","exchange":"SHFE", "feed": "${run}","seq":${seq},"datetime":"-","ts":${nowMs},"volume":${seq},"recv_ts":${nowMs}}`

/** Another daemon that takes the stream over, on purpose or by mistake: the real fence, and ticks of its own. */
export class SimRival {
  private readonly options: ConstructorParameters<typeof SimRival>[0]
  private running: Fiber.Fiber<void> | undefined
  private host = { isUp: true }
  private lives = 0
  /** When its last tick was stored, epoch milliseconds. */
  lastMs = Number.NEGATIVE_INFINITY

  constructor(options: {
    readonly time: SimTime
    readonly trace: Trace
    readonly broker: SimBroker
    readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  }) {
    this.options = options
  }

  get isRunning(): boolean {
    return this.running !== undefined && this.running.pollUnsafe() === undefined
  }

  /** False: it runs already. */
  takeOver(): boolean {
    if (this.isRunning) return false
    const { trace, broker, time } = this.options
    const run = `rival-${this.lives++}`
    const who = { stream: "MD_TICKS", instance: "rival", host: "there", pid: 1, run, takeOver: true }
    const fence = makeWriterFence(who)
    const host = { isUp: true }
    this.host = host
    const store = broker.epochs.over(() => host.isUp)
    const noteWrite = (nowMs: number) => void (this.lastMs = nowMs)
    const write = Effect.gen(function* () {
      for (let at = 0; ; at++) {
        yield* Effect.sleep(tickEveryMs)
        if (fence.lost() !== undefined) continue
        noteWrite(time.nowMs)
        broker.ticks.storeForeign("md.tick.SHFE.rb.rival", foreignTick(run, at, time.nowMs))
      }
    })
    this.running = this.options.fork(
      Effect.gen(function* () {
        yield* fence.hold(store).pipe(Effect.retry({ times: 20 }))
        trace.note("rival", `${run} has epoch ${fence.epoch()}`)
        yield* Effect.raceFirst(
          write,
          fence.keep(store, () => trace.note("rival", `${run} is fenced`))
        ).pipe(Effect.onInterrupt(() => fence.release(store)))
      }).pipe(Effect.ignore)
    )
    return true
  }

  /** Stops it: as an operator does, so that it leaves the stream, or by a kill, so that its record stays as it is. */
  end(orderly: boolean): void {
    this.host.isUp = orderly
    this.running?.interruptUnsafe()
  }
}

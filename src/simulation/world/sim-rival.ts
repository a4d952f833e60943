import { Effect, Fiber, type Scope } from "effect"
import { makeWriterFence, type WriterFence } from "../../market/adapters/jetstream/writer-fence.ts"
import type { MemoryDisk } from "../../market/adapters/memory/memory-disk.ts"
import { openPreviousRuns } from "../../market/adapters/spool/previous-runs.ts"
import type { Trace } from "../trace.ts"
import type { SimBroker } from "./sim-broker.ts"
import type { SimTime } from "./virtual-time.ts"

const tickEveryMs = 200
/** Pause of its service manager before a restart. */
const pauseMs = 3000

/**
 * A tick that the daemon can read, and that the witness of its own ticks ignores: that one expects a feed without a
 * space.
 */
const foreignTick = (run: string, seq: number, nowMs: number): string =>
  `{"symbol":"rival","exchange":"SHFE", "feed": "${run}","seq":${seq},"datetime":"-","ts":${nowMs},"volume":${seq},"recv_ts":${nowMs}}`

/** How another daemon is started. */
export interface RivalStart {
  /** Its name; the daemon's own name where its environment was copied. */
  readonly instance: string
  /** `--take-over`. */
  readonly takeOver: boolean
  /** The host's disk with its content, where the state folder was copied too. */
  readonly disk?: MemoryDisk
}

/** Another daemon on another host, on purpose or by mistake: the real fence, its own ticks, and a service manager. */
export class SimRival {
  private readonly options: ConstructorParameters<typeof SimRival>[0]
  private running: Fiber.Fiber<void> | undefined
  private host = { isUp: true }
  private fence: WriterFence | undefined
  private lives = 0
  /** When its last tick was stored, epoch milliseconds; and the last one of each subject. */
  lastMs = Number.NEGATIVE_INFINITY
  readonly lastOf = new Map<string, number>()

  constructor(options: {
    readonly time: SimTime
    readonly trace: Trace
    readonly broker: SimBroker
    readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
    /** Subjects that the daemon has written. */
    readonly subjects: () => ReadonlyArray<string>
    /** A start of this name may take the stream from a running writer. */
    readonly onForce: (run: string) => void
  }) {
    this.options = options
  }

  get isRunning(): boolean {
    return this.running !== undefined && this.running.pollUnsafe() === undefined
  }

  /** Its process runs and it has the stream. */
  get isWriting(): boolean {
    return this.isRunning && this.fence?.epoch() !== undefined && this.fence.lost() === undefined
  }

  isAlive(run: string): boolean {
    return this.isRunning && this.host.isUp && run === this.runOf(this.lives - 1)
  }

  /** False: it is already running. */
  start(how: RivalStart): boolean {
    if (this.isRunning) return false
    const host = { isUp: true }
    this.host = host
    const life = Effect.suspend(() => Effect.scoped(this.live(how, host)))
    // A service manager restarts a refused daemon; a take-over by an operator is done once.
    const again = life.pipe(Effect.ignore, Effect.andThen(Effect.sleep(pauseMs)), Effect.forever)
    this.running = this.options.fork(how.takeOver ? Effect.ignore(life) : again)
    return true
  }

  /** Stops it: in an orderly way, so that it releases the stream, or by a kill, so that its record stays. */
  end(orderly: boolean): void {
    this.host.isUp = orderly
    this.running?.interruptUnsafe()
  }

  wiped(): void {
    this.lastOf.clear()
  }

  private runOf(life: number): string {
    return `rival-${life}`
  }

  private readonly live = Effect.fnUntraced(function* (
    this: SimRival,
    { instance, takeOver, disk }: RivalStart,
    host: { readonly isUp: boolean }
  ): Effect.fn.Return<void, unknown, Scope.Scope> {
    const { trace, broker } = this.options
    const run = this.runOf(this.lives++)
    if (takeOver) this.options.onForce(run)
    const lives =
      disk === undefined ? undefined : yield* openPreviousRuns({ files: disk.mount(), folder: "/state/writer", run })
    const fence = makeWriterFence({
      stream: "MD_TICKS",
      instance,
      host: "there",
      pid: 1,
      run,
      takeOver,
      hasEnded: (record) => lives?.hasEnded(record.run) === true
    })
    this.fence = fence
    const store = broker.epochs.over(() => host.isUp)
    yield* fence.hold(store).pipe(Effect.retry({ times: 20, while: ({ retryable }) => retryable }))
    trace.note("rival", `${run}, named ${instance}, has epoch ${fence.epoch()}`)
    yield* Effect.raceFirst(
      this.write(run, fence),
      fence.keep(store, () => trace.note("rival", `${run} is fenced`))
    ).pipe(Effect.onInterrupt(() => fence.release(store)))
  })

  private readonly write = Effect.fnUntraced(function* (
    this: SimRival,
    run: string,
    fence: WriterFence
  ): Effect.fn.Return<never> {
    const { broker, time, subjects } = this.options
    for (let at = 0; ; at++) {
      yield* Effect.sleep(tickEveryMs)
      if (fence.lost() !== undefined) continue
      const { nowMs } = time
      const known = subjects()
      const subject = known[at % Math.max(1, known.length)] ?? "md.tick.SHFE.rb.rival"
      this.lastMs = nowMs
      this.lastOf.set(subject, nowMs)
      broker.ticks.storeForeign(subject, foreignTick(run, at, nowMs))
    }
  })
}

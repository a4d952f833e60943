import { Effect, type Scope } from "effect"
import type { WorkerHost } from "../../market/adapters/ctp/ctp-front.ts"
import { workerError } from "../../market/adapters/ctp/worker-exit.ts"
import type { WorkerProcess } from "../../market/adapters/ctp/worker-process.ts"
import type { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import type { FeedWorkerError } from "../../market/domain/feed/feed-worker-error.ts"
import type { Dice } from "../faults/dice.ts"
import type { FrontTroubles } from "../faults/front-troubles.ts"
import type { Trace } from "../trace.ts"
import type { SimTime } from "./virtual-time.ts"

interface Life {
  readonly end: (code: number | null, signal: string | null) => void
  alive: boolean
}

const noExit = { code: null, signal: null } as const

/** The worker processes of one feed, one after the other. The ring's content outlives them. */
export class SimWorker {
  readonly host: WorkerHost
  private readonly options: ConstructorParameters<typeof SimWorker>[0]
  private life: Life | undefined
  /** API instances: late events of a previous one are dropped. */
  private api = 0

  constructor(options: {
    readonly feed: string
    readonly time: SimTime
    readonly ring: MemoryRing
    readonly dice: Dice
    readonly trace: Trace
    readonly troubles: FrontTroubles
    readonly onStart: () => void
    readonly onReady: () => void
    readonly onEnd: () => void
    readonly onCommand: (name: string, fields: ReadonlyArray<string>) => void
  }) {
    this.options = options
    this.host = {
      openRing: Effect.succeed(options.ring),
      startWorker: ({ onRing }) => this.start(onRing),
      later: (go, afterMs = 0) => void options.time.later(afterMs, go)
    }
  }

  /** False: there is none. */
  end(code: number | null, signal: string | null): boolean {
    if (this.life?.alive !== true) return false
    this.life.end(code, signal)
    return true
  }

  /** The daemon has ended, and its worker with it: there is no receiver. */
  die(): void {
    if (this.life !== undefined) this.life.alive = false
    this.api++
  }

  dropApi(): void {
    this.api++
  }

  /** Runs in `afterMs`, unless the process or its API instance has ended by then. */
  after(afterMs: number, run: () => void): void {
    const { life, api } = this
    this.options.time.later(afterMs, () => {
      if (this.life === life && life?.alive === true && this.api === api) run()
    })
  }

  private start(onRing: () => void): Effect.Effect<WorkerProcess, FeedWorkerError, Scope.Scope> {
    const { feed, time, ring, dice, trace, troubles } = this.options
    return Effect.acquireRelease(
      Effect.sync(() => {
        let exit: { readonly code: number | null; readonly signal: string | null } | undefined
        let tell: (() => void) | undefined
        const life: Life = {
          alive: true,
          end: (code, signal) => {
            if (!life.alive) return
            life.alive = false
            exit = { code, signal }
            this.options.onEnd()
            trace.note("worker", `${feed} ended ${signal ?? code}`)
            onRing()
            tell?.()
          }
        }
        this.life = life
        this.api++
        this.options.onStart()
        ring.onRing = () => {
          const lateMs = troubles.doorbellLateMs
          if (lateMs === 0) onRing()
          else void time.later(lateMs, onRing)
        }
        this.after(dice.whole(5, 40), () => {
          if (troubles.crashAfterMs > 0) this.after(troubles.crashAfterMs, () => this.end(null, "SIGSEGV"))
          this.options.onReady()
        })
        const ended = Effect.callback<void, FeedWorkerError>((resume) => {
          const done = () =>
            resume(exit?.code === 0 ? Effect.void : Effect.fail(workerError(feed, exit ?? noExit, undefined)))
          if (exit === undefined) tell = done
          else done()
        })
        const command = (line: string) => {
          const [name = "", ...fields] = line.split("\t")
          if (this.life === life && life.alive) this.options.onCommand(name, fields)
        }
        return { pid: 0, ended, command, wasSilent: () => false, life }
      }),
      ({ life }) =>
        Effect.suspend(() => {
          if (!life.alive) return Effect.void
          // The release of the API instance takes time; the process ends after it.
          return Effect.andThen(
            Effect.sleep(dice.whole(2, 300)),
            Effect.sync(() => life.end(0, null))
          )
        })
    )
  }
}

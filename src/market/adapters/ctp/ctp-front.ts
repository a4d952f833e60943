import { Effect, type Scope } from "effect"
import { ownLossReasons } from "../../../kernel/instrument/vendor-codes.ts"
import { commandLine } from "../../../protocol/control/worker-command.ts"
import type { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import { type FrontEvent, MarketFront } from "../../ports/market-front.ts"
import type { TickIntake } from "../../ports/tick-intake.ts"
import { type LinkMemory, noteReached, toFrontEvent } from "./front-events.ts"
import type { ControlEvent } from "./ring-layout.ts"
import { RingReader } from "./ring-reader.ts"
import { createRing, type SharedRing } from "./shared-ring.ts"
import { startWorker, type WorkerProcess } from "./worker-process.ts"

export interface CtpFrontOptions {
  readonly feed: string
  readonly binary: string
  readonly library: string
  readonly flowDir: string
  readonly fronts: ReadonlyArray<string>
  readonly production: boolean
  readonly brokerId: string
  readonly userId: string
  /** Called for each login, so that only one place holds the secret. */
  readonly password: () => string
  readonly ringCapacity?: number
  readonly onLine: (line: string, folded: number) => void
  /** Environment of the worker, without secrets; undefined: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Time without progress after which a worker is killed; undefined: 30 s. */
  readonly silenceMs?: number | undefined
  /** Called with every control event, for the log. Never for a tick. */
  readonly onControl: (event: ControlEvent) => void
  /** Replaces worker process, shared memory and event loop in the simulation. */
  readonly host?: WorkerHost
}

/** Runs workers and hands over what they received. */
export interface WorkerHost {
  readonly openRing: Effect.Effect<SharedRing>
  readonly startWorker: (options: {
    readonly onRing: () => void
  }) => Effect.Effect<WorkerProcess, FeedWorkerError, Scope.Scope>
  /** Runs a function in the next turn of the event loop, or after `afterMs` milliseconds. */
  readonly later: (go: () => void, afterMs?: number) => void
}

/** Ids on one command line: the worker accepts lines of 16 MiB, and an id has at most 80 bytes. */
const idsMax = 20_000

/**
 * A CTP front behind the `MarketFront` port. The ring outlives the workers that fill it, so ticks of a dead worker
 * are still read. The ring belongs to the scope; the intake is connected later, because it counts against this ring.
 */
export const makeCtpFront = Effect.fnUntraced(function* (options: CtpFrontOptions) {
  const ring = yield* Effect.acquireRelease(
    options.host?.openRing ?? createRing(options.ringCapacity === undefined ? {} : { capacity: options.ringCapacity }),
    (made) => Effect.sync(made.close)
  )
  const memory: LinkMemory = { connected: false, apiVersion: "", loginTradingDay: 0, ticking: false }
  let listener: ((event: FrontEvent) => void) | undefined
  let worker: WorkerProcess | undefined
  /** True: the worker holds no API instance, because we released it. */
  let released = false
  let onReady: (() => void) | undefined
  let reader: RingReader | undefined

  /** Ticks before this slot are older than the last login or subscription, so they do not confirm it. */
  let freshFrom = 0
  const awaitTicks = () => {
    memory.ticking = false
    freshFrom = ring.head()
  }

  const control = (event: ControlEvent) => {
    options.onControl(event)
    // Late events of a released API instance do not count as a link.
    if (released && event.kind === "connected") return
    const wasTicking = memory.ticking
    const fact = toFrontEvent(event, memory)
    if (wasTicking && !memory.ticking) awaitTicks()
    if (fact === undefined) return
    if (fact.type === "ready") onReady?.()
    listener?.(fact)
  }
  const ticks = () => {
    if (memory.ticking || ring.tail() < freshFrom) return
    memory.ticking = true
    listener?.({ type: "ticksArrived" })
  }
  const command = (...fields: ReadonlyArray<string>) => Effect.sync(() => worker?.command(commandLine(fields)))

  const ask = (verb: string, instruments: ReadonlyArray<string>) => {
    for (let from = 0; from < instruments.length; from += idsMax)
      worker?.command(commandLine([verb, ...instruments.slice(from, from + idsMax)]))
  }

  const runWorker = (ready: Effect.Effect<void>): Effect.Effect<void, FeedWorkerError> =>
    Effect.scoped(
      Effect.gen(function* () {
        const initialised = Effect.callback<void>((resume) => {
          onReady = () => resume(Effect.void)
        })
        const onRing = () => reader?.drain()
        const running = yield* options.host?.startWorker({ onRing }) ??
          startWorker({ ...options, ringFd: ring.fd, progress: ring.counters, onRing })
        worker = running
        released = false
        yield* Effect.addFinalizer(() => Effect.sync(() => forget(running)))
        // The library may die while it is loaded, so this waits for its end as well as for its readiness.
        yield* Effect.raceFirst(initialised, running.ended)
        yield* ready
        yield* running.ended
      })
    )
  const forget = (ended: WorkerProcess) => {
    reader?.drain()
    if (worker === ended) worker = undefined
    if (!memory.connected) return
    memory.connected = false
    memory.ticking = false
    // The library that would have reported the loss is gone with the worker.
    const reason = ended.wasSilent() ? ownLossReasons.workerSilent : ownLossReasons.workerEnded
    listener?.({ type: "disconnected", reason })
  }

  const front = MarketFront.of({
    runWorker,
    listen: (receive) => {
      listener = receive
      if (memory.connected) receive({ type: "connected" })
      // The session that released it is gone, so nothing else would dial.
      if (released) {
        released = false
        worker?.command("redial")
      }
      return () => {
        if (listener === receive) listener = undefined
      }
    },
    requestLogin: Effect.suspend(() => command("login", options.brokerId, options.userId, options.password())),
    subscribe: (instruments) =>
      Effect.sync(() => {
        awaitTicks()
        ask("subscribe", instruments)
      }),
    unsubscribe: (instruments) => Effect.sync(() => ask("unsubscribe", instruments)),
    // A released API instance reports nothing any more.
    release: Effect.suspend(() => {
      released = true
      memory.connected = false
      memory.ticking = false
      return command("release")
    }),
    redial: Effect.suspend(() => {
      released = false
      return command("redial")
    }),
    close: command("close"),
    apiVersion: () => memory.apiVersion
  })

  return {
    front,
    /**
     * Disconnects from the front, with the same effect as a lost link: the API instance is replaced and the session
     * is informed.
     */
    dropLink: () => {
      if (!memory.connected) return false
      worker?.command("redial")
      memory.connected = false
      memory.ticking = false
      // A released API instance reports nothing any more.
      listener?.({ type: "disconnected", reason: ownLossReasons.hungUp })
      return true
    },
    /** Sets the receiver of the ticks. Call it once, before the first worker. */
    connectIntake: (intake: TickIntake) => {
      const later =
        options.host?.later ??
        ((go: () => void, afterMs = 0) => void (afterMs > 0 ? setTimeout(go, afterMs) : setImmediate(go)))
      const onReached = (event: ControlEvent) => noteReached(event, memory)
      reader = new RingReader({ ring, intake, onControl: control, onReached, onTicks: ticks, later })
    },
    ringCounts: () => {
      const counters = ring.counters()
      return { received: counters.ticks, dropped: counters.dropTicks, empty: ring.head() === ring.tail() }
    },
    counters: ring.counters,
    /** Runs `run` when the ticks that wait now have been accepted. Session events may arrive ahead of them. */
    afterUnread: (run: () => void) => (reader === undefined ? run() : reader.afterUnread(run)),
    /** Succeeds once the whole ring has been read. */
    drained: Effect.suspend(() => waitUntilEmpty(() => reader)),
    loginTradingDay: () => memory.loginTradingDay,
    workerPid: () => worker?.pid ?? 0
  }
})

const waitUntilEmpty = (reader: () => RingReader | undefined): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (true) {
      const present = reader()
      if (present === undefined || present.isEmpty()) return
      present.drain()
      yield* Effect.sleep(2)
    }
  })

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
  /** Called for each login, so that the secret is held in one place only. */
  readonly password: () => string
  readonly ringCapacity?: number
  readonly onLine: (line: string, folded: number) => void
  /** Environment of the worker, without secrets; undefined: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** How long a worker may do nothing before it is killed; undefined: 30 s. */
  readonly silenceMs?: number | undefined
  /** Every control event, for the log. Not one a tick. */
  readonly onControl: (event: ControlEvent) => void
  /** Replaces worker process, shared memory and event loop: the simulation's. */
  readonly host?: WorkerHost
}

/** Where workers run and how they hand over what they received. */
export interface WorkerHost {
  readonly openRing: Effect.Effect<SharedRing>
  readonly startWorker: (options: {
    readonly onRing: () => void
  }) => Effect.Effect<WorkerProcess, FeedWorkerError, Scope.Scope>
  /** Runs a function after the event loop's turn, or after `afterMs` milliseconds. */
  readonly later: (go: () => void, afterMs?: number) => void
}

/** Ids on one command line: the worker takes lines of 16 MiB, and an id has 80 bytes at most. */
const idsMax = 20_000

/**
 * A CTP front behind the `MarketFront` port: the ring outlives the workers that fill it, so what a dead worker had
 * received is still read. The ring belongs to the scope; the intake is given later since it counts against this ring.
 */
export const makeCtpFront = Effect.fnUntraced(function* (options: CtpFrontOptions) {
  const ring = yield* Effect.acquireRelease(
    options.host?.openRing ?? createRing(options.ringCapacity === undefined ? {} : { capacity: options.ringCapacity }),
    (made) => Effect.sync(made.close)
  )
  const memory: LinkMemory = { connected: false, apiVersion: "", loginTradingDay: 0, ticking: false }
  let listener: ((event: FrontEvent) => void) | undefined
  let worker: WorkerProcess | undefined
  /** The worker holds no api instance, by our order. */
  let released = false
  let onReady: (() => void) | undefined
  let reader: RingReader | undefined

  /** Ticks in front of this slot are older than the last login or subscription: they do not say that it works. */
  let freshFrom = 0
  const awaitTicks = () => {
    memory.ticking = false
    freshFrom = ring.head()
  }

  const control = (event: ControlEvent) => {
    options.onControl(event)
    // What an api instance had still to say when it was released is no link.
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
        // The library may die while it is loaded: its end counts as much as its readiness.
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
      // The session that released it is gone: nobody else would dial.
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
    // An api instance that is released reports nothing any more.
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
    /** Hangs up on the front as a loss of the link would: the api instance is replaced, and the session hears of the loss. */
    dropLink: () => {
      if (!memory.connected) return false
      worker?.command("redial")
      memory.connected = false
      memory.ticking = false
      // An api instance that is released reports nothing any more.
      listener?.({ type: "disconnected", reason: ownLossReasons.hungUp })
      return true
    },
    /** Says where the ticks go. Once, before the first worker. */
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
    /** Runs `run` when the ticks that wait now have been taken: session events may come ahead of them. */
    afterUnread: (run: () => void) => (reader === undefined ? run() : reader.afterUnread(run)),
    /** Succeeds once everything in the ring has been read. */
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

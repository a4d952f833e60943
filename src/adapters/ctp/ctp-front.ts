import { Effect, type Scope } from "effect"
import type { FeedWorkerError } from "../../domain/feed-worker-error.ts"
import { type FrontEvent, MarketFront } from "../../ports/outbound/market-front.ts"
import type { TickIntake } from "../../ports/outbound/tick-intake.ts"
import { type LinkMemory, toFrontEvent } from "./front-events.ts"
import type { ControlEvent } from "./ring-layout.ts"
import { RingReader } from "./ring-reader.ts"
import { createRing, type SharedRing } from "./shared-ring.ts"
import { SubscriptionBook } from "./subscription-book.ts"
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
  readonly instruments: ReadonlyArray<string>
  readonly ringCapacity?: number
  readonly onLine: (line: string) => void
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

/** Instruments a command line may name: lines stay under the pipe's buffer, and a front takes about 1,000 at once. */
const subscribeBatch = 1000

/**
 * A CTP front behind the `MarketFront` port: the ring outlives the workers that fill it, so what a dead worker had
 * received is still read. The ring belongs to the scope; the intake is given later since it counts against this ring.
 */
export const makeCtpFront = Effect.fnUntraced(function* (options: CtpFrontOptions) {
  const ring = yield* Effect.acquireRelease(
    options.host?.openRing ?? createRing(options.ringCapacity === undefined ? {} : { capacity: options.ringCapacity }),
    (made) => Effect.sync(made.close)
  )
  const book = new SubscriptionBook(options.instruments)
  const memory: LinkMemory = { connected: false, apiVersion: "", loginTradingDay: 0, ticking: false }
  let listener: ((event: FrontEvent) => void) | undefined
  let worker: WorkerProcess | undefined
  let onReady: (() => void) | undefined
  let reader: RingReader | undefined

  const control = (event: ControlEvent) => {
    options.onControl(event)
    const fact = toFrontEvent(event, memory, book)
    if (fact === undefined) return
    if (fact.type === "ready") onReady?.()
    listener?.(fact)
  }
  const ticks = () => {
    if (memory.ticking) return
    memory.ticking = true
    listener?.({ type: "ticksArrived" })
  }
  const command = (...fields: ReadonlyArray<string>) => Effect.sync(() => worker?.command(fields.join("\t")))

  const runWorker = (ready: Effect.Effect<void>): Effect.Effect<void, FeedWorkerError> =>
    Effect.scoped(
      Effect.gen(function* () {
        const initialised = Effect.callback<void>((resume) => {
          onReady = () => resume(Effect.void)
        })
        const onRing = () => reader?.drain()
        const running = yield* options.host?.startWorker({ onRing }) ??
          startWorker({ ...options, ringFd: ring.fd, onRing })
        worker = running
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
    listener?.({ type: "disconnected", reason: 0 })
  }

  const front = MarketFront.of({
    runWorker,
    listen: (receive) => {
      listener = receive
      if (memory.connected) receive({ type: "connected" })
      return () => {
        if (listener === receive) listener = undefined
      }
    },
    requestLogin: Effect.suspend(() => command("login", options.brokerId, options.userId, options.password())),
    subscribeWanted: Effect.sync(() => {
      book.begin()
      memory.ticking = false
      const wanted = book.wanted()
      for (let from = 0; from < wanted.length; from += subscribeBatch) {
        worker?.command(["subscribe", ...wanted.slice(from, from + subscribeBatch)].join("\t"))
      }
    }),
    redial: command("redial"),
    close: command("close"),
    subscriptions: () => book.counts(),
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
      listener?.({ type: "disconnected", reason: 0 })
      return true
    },
    /** Says where the ticks go. Once, before the first worker. */
    connectIntake: (intake: TickIntake) => {
      const later =
        options.host?.later ??
        ((go: () => void, afterMs = 0) => void (afterMs > 0 ? setTimeout(go, afterMs) : setImmediate(go)))
      reader = new RingReader({ ring, intake, onControl: control, onTicks: ticks, later })
    },
    ringCounts: () => {
      const counters = ring.counters()
      return { received: counters.ticks, dropped: counters.dropTicks, empty: ring.head() === ring.tail() }
    },
    counters: ring.counters,
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

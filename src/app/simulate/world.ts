import { Effect, Logger, References, type Scope } from "effect"
import { Registry } from "../../../actors/registry.ts"
import type { LoginMemory, SessionRequest } from "../../../actors/session-actor.ts"
import { type Body, runTree } from "../../../actors/supervision-tree.ts"
import { type SupervisorEvent, SupervisorEvents } from "../../../actors/supervisor.ts"
import { makeCtpFront } from "../../adapters/ctp/ctp-front.ts"
import type { PublisherCounts } from "../../adapters/jetstream/acked-publisher.ts"
import { LinkError } from "../../adapters/jetstream/publish-errors.ts"
import { MemoryRing } from "../../adapters/memory/memory-ring.ts"
import { MemoryStream } from "../../adapters/memory/memory-stream.ts"
import { LedgerBook } from "../../application/ledger.ts"
import { OverflowAccount } from "../../application/overflow-account.ts"
import { Subscriptions } from "../../application/subscriptions.ts"
import { TickArrivals } from "../../application/tick-arrivals.ts"
import { makeTickQueue } from "../../application/tick-queue.ts"
import { InstrumentDirectory } from "../../domain/instrument-directory.ts"
import { LatencyHistogram } from "../../domain/latency-histogram.ts"
import { overflowPolicies } from "../../domain/overflow-policy.ts"
import { RateWindow } from "../../domain/rate-window.ts"
import { SlabPool, type TickBatch } from "../../domain/tick-slab.ts"
import { noHours } from "../../domain/trading-phase.ts"
import { alwaysTrading } from "../../ports/outbound/market-hours.ts"
import { marketContracts } from "../../simulator/market-contracts.ts"
import { closeAccount, isFatal, publisherBody, sessionBody, workerBody } from "../daemon-core.ts"
import { makeDaemonMachines } from "../daemon-machines.ts"
import { makeStatus } from "../daemon-status.ts"
import { makeJetStreamTickPublisher } from "../publisher.ts"
import { makeFeedIntake } from "../tick-line.ts"
import { Dice } from "./dice.ts"
import { RestartWitness } from "./restart-witness.ts"
import { SessionWitness } from "./session-witness.ts"
import { SimFront } from "./sim-front.ts"
import { SimMarket } from "./sim-market.ts"
import { StoredTicks } from "./stored-ticks.ts"
import type { Trace } from "./trace.ts"
import type { VirtualTime } from "./virtual-time.ts"

export const feedNames = ["primary", "backup"] as const
/** 50 contracts, two snapshots a second, two feeds: 200 ticks a second. */
export const contractCount = 50
export const snapshotEveryMs = 500
/** Small, so that an outage of half a minute fills the line up to the ring. */
const sizes = {
  ringSlots: 1024,
  queueTicks: 2048,
  window: 1024,
  slabRows: 512,
  subscribePerSecond: 20,
  loginsPerMinute: 10
} as const
export const bounds = { connectTimeoutMs: 30_000, loginTimeoutMs: 10_000, subscribeTimeoutMs: 20_000 } as const
const silenceMs = 30_000
const mailboxEvents = 300
/** The simulation has no event loop of its own to stand still. */
const noStalls = { stalls: 0, longestMs: 0, recentMs: 0 } as const

const stayUp: Body = (ready) => Effect.andThen(ready, Effect.never)

/** The daemon on the twins of its ports, the market and the broker around it, and the witnesses that watch. */
export interface World {
  readonly run: Effect.Effect<never, unknown>
  readonly fronts: ReadonlyArray<SimFront>
  readonly stream: MemoryStream<LinkError>
  readonly stored: StoredTicks
  readonly books: ReadonlyArray<LedgerBook>
  readonly registry: Registry
  readonly restarts: RestartWitness
  readonly sessions: ReadonlyArray<SessionWitness>
  readonly publisher: () => PublisherCounts
  readonly queueDepth: () => number
  /** One snapshot of every contract, on every front. */
  readonly burst: () => void
  readonly wipeStore: () => void
  /** Confirmed ticks that were in stores which are gone, and those that the publisher told as lost. */
  readonly gone: () => { readonly expected: number; readonly told: number }
  readonly crashSession: (feed: string) => boolean
  readonly crashSessionEvery: (feed: string, everyMs: number) => () => void
  readonly crashPublisher: () => boolean
  readonly crashLink: () => boolean
  readonly askSession: (feed: string, request: SessionRequest) => void
  /** Ends every trouble of the fronts and the broker, and every crash that is armed. */
  readonly heal: () => void
}

export const makeWorld = Effect.fnUntraced(function* (options: {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly complain: (sentence: string) => void
}): Effect.fn.Return<World, unknown, Scope.Scope> {
  const { seed, time, trace, complain } = options
  const nowMs = () => time.nowMs
  const contracts = marketContracts(contractCount)
  const market = new SimMarket(contracts, new Dice(seed, 1))
  market.snapshot(time.nowMs)
  const registry = new Registry()
  const latency = new LatencyHistogram()
  const directory = new InstrumentDirectory(
    contracts.map(({ id, exchange, priceTick }) => ({ id, exchange, product: "", priceTick }))
  )
  const pool = new SlabPool({ rows: sizes.slabRows, keep: 16 })
  const overflow = new OverflowAccount(overflowPolicies[seed % overflowPolicies.length] ?? "drop-newest")
  const queue = yield* makeTickQueue(sizes.queueTicks, { account: overflow, pool })
  const inHand: Array<TickBatch> = []
  const stored = new StoredTicks(feedNames)
  const restarts = new RestartWitness(complain)
  const sessions = feedNames.map((feed) => new SessionWitness(feed, bounds, complain))
  const alive = { publisher: false, link: false }
  const armed = { publisher: false, link: false }

  const stream = new MemoryStream<LinkError>({
    later: (afterMs, run) => time.later(afterMs, run),
    onStored: (subject, payload) => stored.note(subject, payload),
    onSent: (subject) => {
      if (!alive.link) complain(`a tick of ${subject} went to the broker although the link's child has ended`)
    },
    failure: (code, message) => new LinkError({ code, message, retryable: true })
  })

  const lines = yield* Effect.forEach(feedNames, (feed, feedIndex) =>
    Effect.gen(function* () {
      const ring = new MemoryRing(sizes.ringSlots)
      const front = new SimFront({ feed, time, ring, market, dice: new Dice(seed, 10 + feedIndex), trace })
      const ctp = yield* makeCtpFront({
        feed,
        binary: "",
        library: "",
        flowDir: "",
        fronts: [],
        production: false,
        brokerId: "9999",
        userId: feed,
        password: () => "",
        onLine: () => undefined,
        onControl: () => undefined,
        host: front.host
      })
      const book = new LedgerBook(feed, ctp.ringCounts)
      const arrivals = new TickArrivals()
      const subscriptions = new Subscriptions({
        feed,
        wanted: contracts.map(({ id }) => id),
        limits: { perSecond: sizes.subscribePerSecond, priority: ["IF*"], answerMs: 10_000 },
        directory,
        arrivals,
        nowMs
      })
      ctp.connectIntake(
        makeFeedIntake({
          feed,
          feedIndex,
          pool,
          queue,
          overflow,
          book,
          directory,
          loginTradingDay: ctp.loginTradingDay,
          replay: false,
          hours: noHours,
          arrivals,
          monotonicMs: nowMs,
          onQuarantineLog: (name, reason, _, count) => trace.note("quarantine", `${name} ${count} ${reason}`)
        })
      )
      const logins: LoginMemory = {
        lastLoginMs: 0,
        limit: { window: new RateWindow(60_000), most: sizes.loginsPerMinute }
      }
      return { feed, ring, front, ctp, book, subscriptions, logins }
    })
  )
  const books = lines.map(({ book }) => book)
  const fronts = lines.map(({ front }) => front)

  let told = 0
  let publishedAtWipe = 0
  const jetstream = yield* makeJetStreamTickPublisher({
    config: {
      stream: "MD_TICKS",
      subjectTemplate: undefined,
      serializer: "json",
      queueTicks: sizes.queueTicks,
      window: sizes.window,
      maxAgeHours: 1,
      replay: false
    },
    instance: "simulated",
    connection: () => ({ url: "", name: "" }),
    directory,
    feedNames,
    books,
    latency,
    monotonicMs: nowMs,
    onEvent: (event) => {
      trace.note("broker", event.type === "linkDown" ? `${event.type} ${event.message}` : event.type)
      if (event.type === "storeLost") told += event.acknowledgedGone
      machines.onPublisher(event)
    },
    openLink: (events) =>
      Effect.suspend(() => {
        if (!armed.link) return stream.open(events)
        armed.link = false
        return Effect.die(new Error("simulated defect of the link"))
      })
  })
  const counts = jetstream.publisher.counts as () => PublisherCounts

  const { missing } = makeStatus({
    instance: "simulated",
    startedMs: time.nowMs,
    registry,
    books,
    queue,
    latency,
    publisher: counts,
    brokerUrl: () => "",
    stream: "MD_TICKS",
    stalls: () => noStalls,
    fronts: lines.map(({ feed, ctp, subscriptions }) => ({
      feed,
      account: "",
      front: ctp.front,
      subscriptions,
      workerPid: ctp.workerPid
    })),
    nowMs,
    monotonicMs: nowMs
  })
  const machines = makeDaemonMachines({
    registry,
    hours: alwaysTrading,
    feeds: feedNames,
    counts,
    workerPid: () => 0,
    reasons: missing,
    left: () => counts().retained + queue.depth()
  })

  const publishing = { queue, pool, books, inHand }
  const publisher = publisherBody(publishing, {
    ...jetstream.publisher,
    // An armed defect waits for the next look at the room: it must not fall between two ticks of one batch.
    room: () => (armed.publisher ? 0 : jetstream.publisher.room()),
    send: (slab, row, feed) => {
      if (!alive.publisher)
        complain(`a tick of ${feedNames[feed]} was handed over although the publisher's child has ended`)
      jetstream.publisher.send(slab, row, feed)
    },
    awaitRoom: Effect.suspend(() => {
      if (!armed.publisher) return jetstream.publisher.awaitRoom
      armed.publisher = false
      return Effect.die(new Error("simulated defect of the publisher"))
    })
  })
  const asks = new Map<string, (request: SessionRequest) => void>()
  const parts = lines.map(({ feed, ctp, book, subscriptions, logins }) => ({
    feed,
    worker: workerBody({
      front: ctp.front,
      drained: ctp.drained,
      onError: (error) => machines.onWorkerError(feed, error)
    }),
    session: sessionBody(
      {
        feed,
        connectTimeoutMs: bounds.connectTimeoutMs,
        loginTimeoutMs: bounds.loginTimeoutMs,
        maxRetries: 120,
        coverageMin: 1,
        subscribeTimeoutMs: bounds.subscribeTimeoutMs,
        seed
      },
      ctp.front,
      {
        registry,
        phases: machines.phases,
        logins,
        subscriptions,
        watch: {
          silenceMs,
          lagTicks: sizes.ringSlots / 2,
          receivedTicks: () => ctp.ringCounts().received,
          waitingTicks: () => book.snapshot().inFlight.ring
        },
        onState: () => undefined,
        onMailbox: (entrance) => void asks.set(feed, entrance)
      }
    )
  }))

  for (const [at, front] of fronts.entries()) {
    let lastMs = Number.NEGATIVE_INFINITY
    front.onLogin = (atMs) => {
      if (atMs - lastMs < 1000)
        complain(`${feedNames[at]} sent two logins within ${atMs - lastMs} ms: a front refuses more than one a second`)
      lastMs = atMs
    }
  }
  registry.onChange((change) => {
    if (change.type !== "transition") return
    const { actor } = change
    trace.note("machine", `${actor.actor} ${change.from} -> ${actor.state} (${actor.lastEvent})`)
    for (const [at, feed] of feedNames.entries()) if (actor.actor === `session-${feed}`) sessions[at]?.note(change)
  })
  const onSupervisor = (event: SupervisorEvent) => {
    const { atMs: _atMs, supervisor, child, ...rest } = event
    trace.note("tree", `${supervisor}/${child} ${JSON.stringify(rest)}`)
    if (event.type === "started" || event.type === "ended") {
      if (child === "publisher") alive.publisher = event.type === "started"
      if (child === "nats-link") alive.link = event.type === "started"
    }
    if (child === "session" && event.type === "ended") {
      sessions[feedNames.findIndex((feed) => supervisor === `front-${feed}`)]?.ended()
    }
    restarts.note(event)
    registry.noteSupervisor(event)
    machines.onSupervisor(event)
  }
  const toTrace = Logger.make<unknown, void>(({ message, logLevel }) =>
    trace.note("log", `${logLevel} ${String(message)}`)
  )

  const crashSession = (feed: string): boolean => {
    const ask = asks.get(feed)
    const { state } = registry.actor(`session-${feed}`) ?? {}
    if (ask === undefined || state === "stopped" || state === "draining") return false
    // More than a mailbox takes: a session that cannot keep up ends, and its supervisor begins it anew.
    for (let at = 0; at < mailboxEvents; at++) ask({ type: "MADE_STANDBY" })
    return true
  }
  const loops = new Set<() => void>()

  return {
    run: runTree(
      {
        machines: machines.body,
        telemetry: stayUp,
        broker: undefined,
        journal: stayUp,
        natsLink: (ready) => Effect.andThen(ready, jetstream.run),
        control: stayUp,
        publisher,
        fronts: parts,
        isFatal
      },
      Effect.void
    ).pipe(
      closeAccount(publishing),
      Effect.provideService(SupervisorEvents, onSupervisor),
      Effect.provide(Logger.layer([toTrace])),
      Effect.provideService(References.MinimumLogLevel, "Warn")
    ),
    fronts,
    stream,
    stored,
    books,
    registry,
    restarts,
    sessions,
    publisher: counts,
    queueDepth: queue.depth,
    burst: () => {
      market.snapshot(time.nowMs)
      for (const front of fronts) front.sendTicks()
    },
    wipeStore: () => {
      publishedAtWipe = books.reduce((sum, { published }) => sum + published, 0)
      stream.wipe()
      stored.wiped()
    },
    gone: () => ({ expected: publishedAtWipe, told }),
    crashSession,
    crashSessionEvery: (feed, everyMs) => {
      let over = false
      const again = () => {
        if (over) return
        crashSession(feed)
        time.later(everyMs, again)
      }
      const stop = () => {
        over = true
        loops.delete(stop)
      }
      loops.add(stop)
      time.later(everyMs, again)
      return stop
    },
    crashPublisher: () => alive.publisher && !armed.publisher && (armed.publisher = true),
    crashLink: () => {
      if (!alive.link || armed.link) return false
      armed.link = true
      stream.breakAll(1, "the link is about to crash")
      return true
    },
    askSession: (feed, request) => asks.get(feed)?.(request),
    heal: () => {
      for (const front of fronts) front.heal()
      for (const stop of loops) stop()
      armed.publisher = false
      armed.link = false
      stream.down = false
      stream.stalls = 0
      stream.isFull = false
      stream.ackMs = 1
      stream.resume()
    }
  }
})

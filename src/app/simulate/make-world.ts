import { Effect, Logger, References, type Scope } from "effect"
import { Registry } from "../../../actors/registry.ts"
import { type Body, runTree } from "../../../actors/supervision-tree.ts"
import { type SupervisorEvent, SupervisorEvents } from "../../../actors/supervisor.ts"
import { InstrumentDirectory } from "../../domain/instrument-directory.ts"
import { LatencyHistogram } from "../../domain/latency-histogram.ts"
import type { TickBatch } from "../../domain/tick-slab.ts"
import { makeAccountLine } from "../account-line.ts"
import { closeAccount, isFatal, publisherBody } from "../daemon-core.ts"
import { makeDaemonMachines } from "../daemon-machines.ts"
import { makeStatus } from "../daemon-status.ts"
import type { FeedAccount } from "../feed-account.ts"
import { makeFeedChildren } from "../feed-children.ts"
import type { OnQuarantineLog } from "../quarantine-log.ts"
import { makeFeedIntake } from "../tick-line.ts"
import { makeUnwritable } from "../unwritable-ticks.ts"
import { Dice } from "./dice.ts"
import { GapWitness } from "./gap-witness.ts"
import { RestartWitness } from "./restart-witness.ts"
import { bounds, contracts, feedNames, noStalls, silenceMs } from "./scale.ts"
import { SessionCrashes } from "./session-crashes.ts"
import { SessionWitness } from "./session-witness.ts"
import { SilenceWitness } from "./silence-witness.ts"
import { SimBroker } from "./sim-broker.ts"
import type { SimHours } from "./sim-hours.ts"
import { lagTicks, makeSimLine } from "./sim-line.ts"
import { SimMarket } from "./sim-market.ts"
import { makeSimPublisher } from "./sim-publisher.ts"
import { makeSimQueue } from "./sim-queue.ts"
import { StoredTicks } from "./stored-ticks.ts"
import type { Trace } from "./trace.ts"
import type { VirtualTime } from "./virtual-time.ts"
import type { World } from "./world.ts"

const stayUp: Body = (ready) => Effect.andThen(ready, Effect.never)

export const makeWorld = Effect.fnUntraced(function* (options: {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly hours: SimHours
  readonly complain: (sentence: string) => void
}): Effect.fn.Return<World, unknown, Scope.Scope> {
  const { seed, time, trace, hours, complain } = options
  const nowMs = () => time.nowMs
  const market = new SimMarket(contracts, new Dice(seed, 1), hours.isLive)
  market.snapshot(time.nowMs)
  const registry = new Registry()
  const latency = new LatencyHistogram()
  const directory = new InstrumentDirectory(
    contracts.map(({ id, exchange, priceTick }) => ({ id, exchange, product: "", priceTick }))
  )
  const { pool, overflow, queue } = yield* makeSimQueue(seed)
  const inHand: Array<TickBatch> = []
  const stored = new StoredTicks(feedNames)
  const restarts = new RestartWitness(complain)
  const sessions = feedNames.map((feed) => new SessionWitness(feed, bounds, complain))
  const alive = { publisher: false, link: false, account: false, linkSinceMs: 0 }

  const gaps = new GapWitness({
    feeds: feedNames,
    complain,
    onGap: (feed, gap) => {
      trace.note("gap", JSON.stringify(gap))
      silence.noteGap(feed, gap, time.nowMs)
    }
  })
  const broker = new SimBroker({
    time,
    onTick: (subject, payload) => stored.note(subject, payload),
    onAccount: (subject, payload) => gaps.noteStored(subject, payload),
    onSent: (subject) => {
      if (!alive.link) complain(`a message of ${subject} went to the broker although the link's child has ended`)
    }
  })
  const lines = yield* Effect.forEach(feedNames, (feed, feedIndex) =>
    makeSimLine({
      feed,
      feedIndex,
      seed,
      time,
      trace,
      market,
      directory,
      onDrop: (seq) => gaps.droppedByRing(feedIndex, seq)
    })
  )
  const books = lines.map(({ book }) => book)
  const fronts = lines.map(({ front }) => front)
  const silence = new SilenceWitness({
    hours: hours.market,
    silenceMs,
    fronts,
    sessions,
    gaps,
    isToldNow: (atMs) => alive.link && alive.account && atMs - alive.linkSinceMs > 1000,
    complain
  })
  const account = yield* makeAccountLine({
    instance: "simulated",
    books,
    directory,
    hours: hours.laws(directory),
    silenceMs,
    phaseAt: hours.market.phaseAt,
    connection: () => ({ url: "", name: "" }),
    onRefused: (stream, { code }) => trace.note("account", `${stream} refuses: ${code}`),
    nowMs,
    openLink: (stream) => broker.named(stream).open,
    outbox: gaps.outbox
  })
  const onQuarantineLog: OnQuarantineLog = (feed, reason, _, count) =>
    trace.note("quarantine", `${feed} ${count} ${reason}`)
  for (const { feed, feedIndex, ctp, book, arrivals } of lines) {
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
        hours: hours.laws(directory),
        account: account.feeds[feedIndex] as FeedAccount,
        arrivals,
        monotonicMs: nowMs,
        onQuarantineLog
      })
    )
  }

  let told = 0
  let publishedAtWipe = 0
  const ticks = yield* makeSimPublisher({
    broker,
    directory,
    books,
    latency,
    nowMs,
    alive,
    complain,
    onEvent: (event) => {
      trace.note("broker", event.type === "linkDown" ? `${event.type} ${event.message}` : event.type)
      if (event.type === "storeLost") told += event.acknowledgedGone
      account.onPublisher(event)
      machines.onPublisher(event)
    }
  })
  const { armed, counts } = ticks

  const { missing, reasons } = makeStatus({
    instance: "simulated",
    startedMs: time.nowMs,
    registry,
    books,
    queue,
    latency,
    publisher: counts,
    account: account.counts,
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
    hours: hours.market,
    feeds: feedNames,
    counts,
    workerPid: () => 0,
    reasons: missing,
    left: () => counts().retained + queue.depth()
  })

  const onUnwritable = makeUnwritable({
    feeds: feedNames.map((feed, at) => ({ feed, account: account.feeds[at] as FeedAccount })),
    directory,
    monotonicMs: nowMs,
    onQuarantineLog
  })
  const publishing = { queue, pool, books, inHand, onUnwritable }
  const publishTicks = publisherBody(publishing, ticks.publisher)
  const crashes = new SessionCrashes(time, (feed) => registry.actor(`session-${feed}`)?.state)
  const parts = lines.map(({ feed, feedIndex, ctp, book, subscriptions, logins }) =>
    makeFeedChildren({
      subscriptions,
      logins,
      feed,
      ctp,
      book,
      account: account.feeds[feedIndex] as FeedAccount,
      registry,
      machines,
      settings: {
        connectTimeoutMs: bounds.connectTimeoutMs,
        loginTimeoutMs: bounds.loginTimeoutMs,
        maxRetries: 120,
        coverageMin: 1,
        subscribeTimeoutMs: bounds.subscribeTimeoutMs,
        seed
      },
      silenceMs,
      lagTicks,
      nowMs,
      onMailbox: (entrance) => crashes.connect(feed, entrance)
    })
  )

  for (const [at, front] of fronts.entries()) {
    front.onLogin = (atMs) => {
      silence.noteLogin(at, atMs)
      sessions[at]?.login(atMs)
    }
  }
  registry.onChange((change) => {
    if (change.type !== "transition") return
    const { actor } = change
    trace.note("machine", `${actor.actor} ${change.from} -> ${actor.state} (${actor.lastEvent})`)
    const at = feedNames.findIndex((feed) => actor.actor === `session-${feed}`)
    if (at < 0) return
    sessions[at]?.note(change)
    silence.noteTroubles(at, actor.context["troubles"] as ReadonlyArray<string>, time.nowMs)
  })
  const onSupervisor = (event: SupervisorEvent) => {
    const { atMs: _atMs, supervisor, child, ...rest } = event
    trace.note("tree", `${supervisor}/${child} ${JSON.stringify(rest)}`)
    if (event.type === "started" || event.type === "ended") {
      if (child === "publisher") alive.publisher = alive.account = event.type === "started"
      if (child === "nats-link") {
        alive.link = event.type === "started"
        alive.linkSinceMs = time.nowMs
      }
    }
    // A stop of the publisher may close the account, and silence behind it is no gap any more.
    if (child === "publisher" && event.type === "stopping") alive.account = false
    if (child === "session" && event.type === "ended") {
      sessions[feedNames.findIndex((feed) => supervisor === `front-${feed}`)]?.ended()
    }
    restarts.note(event)
    registry.noteSupervisor(event)
    account.onSupervisor(event)
    machines.onSupervisor(event)
  }
  return {
    run: runTree(
      {
        machines: machines.body,
        telemetry: stayUp,
        broker: undefined,
        journal: stayUp,
        natsLink: (ready) => Effect.andThen(ready, Effect.raceFirst(ticks.run, account.run)),
        control: stayUp,
        publisher: account.stopAfter(publishTicks),
        fronts: parts,
        isFatal
      },
      Effect.void
    ).pipe(
      closeAccount(publishing),
      account.closeAfter,
      Effect.provideService(SupervisorEvents, onSupervisor),
      Effect.provide(Logger.layer([trace.logger])),
      Effect.provideService(References.MinimumLogLevel, "Warn")
    ),
    hours,
    fronts,
    broker,
    gaps,
    silence,
    stored,
    books,
    registry,
    restarts,
    sessions,
    publisher: counts,
    reasons,
    queueDepth: queue.depth,
    burst: () => {
      market.snapshot(time.nowMs)
      const sent = fronts.map((front) => front.sendTicks())
      silence.noteSnapshot(sent, time.nowMs)
    },
    wipeStore: () => {
      publishedAtWipe = books.reduce((sum, { published }) => sum + published, 0)
      broker.wipe()
      stored.wiped()
      gaps.wiped()
    },
    gone: () => ({ expected: publishedAtWipe, told }),
    crashSession: (feed) => crashes.crash(feed),
    crashSessionEvery: (feed, everyMs) => crashes.crashEvery(feed, everyMs),
    crashPublisher: () => alive.publisher && !armed.publisher && (armed.publisher = true),
    crashLink: () => {
      if (!alive.link || armed.link) return false
      armed.link = true
      broker.breakAll(1, "the link is about to crash")
      return true
    },
    askSession: (feed, request) => crashes.ask(feed, request),
    heal: () => {
      for (const front of fronts) front.heal()
      crashes.heal()
      broker.heal()
      armed.publisher = false
      armed.link = false
    }
  }
})

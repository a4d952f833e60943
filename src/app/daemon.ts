import { Effect, type Scope } from "effect"
import { Registry } from "../../actors/registry.ts"
import type { LoginMemory, SessionRequest } from "../../actors/session-actor.ts"
import { runTree } from "../../actors/supervision-tree.ts"
import { type SupervisorEvent, SupervisorEvents, SupervisorGaveUp } from "../../actors/supervisor.ts"
import { makeConsumerBacklogs } from "../adapters/client/consumer-registry.ts"
import { makeCtpFront } from "../adapters/ctp/ctp-front.ts"
import { startTelemetryServer } from "../adapters/http/telemetry-server.ts"
import { connectNats } from "../adapters/nats/connect.ts"
import { makeMetrics } from "../adapters/prometheus/metrics.ts"
import { LedgerBook } from "../application/ledger.ts"
import { makeTickQueue } from "../application/tick-queue.ts"
import { maskAccount } from "../domain/account-mask.ts"
import { InstrumentDirectory } from "../domain/instrument-directory.ts"
import { phaseSourceOf } from "../domain/instrument-hours.ts"
import { LatencyHistogram } from "../domain/latency-histogram.ts"
import { SlabPool, type TickBatch } from "../domain/tick-slab.ts"
import { chinaCalendar } from "../domain/trading-calendar.ts"
import { noHours } from "../domain/trading-phase.ts"
import { TradingSessions } from "../domain/trading-sessions.ts"
import { makeAccountLine } from "./account-line.ts"
import { makeCalendarWatch } from "./calendar-watch.ts"
import { monotonicMs } from "./clock.ts"
import { makeControlPlane } from "./daemon-control.ts"
import { closeAccount, isFatal, publisherBody, sessionBody, workerBody } from "./daemon-core.ts"
import { DaemonLog } from "./daemon-log.ts"
import { makeDaemonMachines } from "./daemon-machines.ts"
import type { Daemon, DaemonOptions } from "./daemon-options.ts"
import { makeStatus } from "./daemon-status.ts"
import type { FeedAccount } from "./feed-account.ts"
import { crashWorker, hangUp } from "./inject-drills.ts"

import { jsonLoggerLayer } from "./json-logger.ts"
import { marketHoursOf } from "./market-hours.ts"
import { connectionOf } from "./nats-settings.ts"
import { makeJetStreamTickPublisher } from "./publisher.ts"
import { startStallWatchdog } from "./stall-watchdog.ts"
import { makeFeedIntake } from "./tick-line.ts"

const slabRows = 1024

/** Puts the daemon together. Nothing runs yet, but the ring exists; it belongs to the scope. */
export const makeDaemon = Effect.fnUntraced(function* (
  options: DaemonOptions
): Effect.fn.Return<Daemon, unknown, Scope.Scope> {
  const { config, broker } = options
  const { profile } = config.ctp
  const log = new DaemonLog({ level: config.logLevel, write: options.write, account: maskAccount(profile.userId) })
  const registry = new Registry()
  const latency = new LatencyHistogram()
  const directory = new InstrumentDirectory(options.contracts)
  const pool = new SlabPool({ rows: slabRows, keep: Math.ceil(config.tick.queueTicks / slabRows) + 2 })
  const queue = yield* makeTickQueue(config.tick.queueTicks)
  const inHand: Array<TickBatch> = []

  const feed = profile.feed
  const ctp = yield* makeCtpFront({
    feed,
    binary: options.workerBinary,
    library: config.ctp.library,
    flowDir: `${config.ctp.flowDir}/${feed}`,
    fronts: profile.addresses,
    production: config.ctp.production,
    brokerId: profile.brokerId,
    userId: profile.userId,
    password: () => profile.password.reveal(),
    instruments: options.instruments,
    onLine: (line) => log.write("INFO", line, { event: "worker_line", feed }),
    onControl: (event) => log.control(feed, event)
  })
  const book = new LedgerBook(feed, ctp.ringCounts)
  const books = [book]
  const calendar = options.calendar ?? chinaCalendar
  const calendarWatch = makeCalendarWatch({ calendar, log, nowMs: () => Date.now() })
  // A recording has the hours of its days, also where the market of the demo has none.
  const lawHours =
    config.tick.replay || config.marketHours === "calendar"
      ? phaseSourceOf(directory, new TradingSessions(calendar))
      : noHours
  const marketHours = marketHoursOf(
    config.marketHours,
    options.instruments,
    options.contracts,
    new TradingSessions(calendar)
  )
  const account = yield* makeAccountLine({
    instance: config.instance,
    books,
    directory,
    hours: lawHours,
    silenceMs: config.ctp.silenceMs,
    phaseAt: marketHours.phaseAt,
    replicas: config.tick.replicas,
    connection: (what) => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ${what}` }),
    onRefused: (stream, { description }) =>
      log.write("ERROR", `${stream} refuses an event: ${description}`, { event: "account_refused", stream }),
    nowMs: () => Date.now()
  })
  const accountOfFeed = account.feeds[0] as FeedAccount
  ctp.connectIntake(
    makeFeedIntake({
      feed,
      feedIndex: 0,
      pool,
      queue,
      book,
      directory,
      loginTradingDay: ctp.loginTradingDay,
      replay: config.tick.replay,
      hours: lawHours,
      calendar,
      onBeyondCalendar: calendarWatch.onTickBeyond,
      account: accountOfFeed,
      monotonicMs,
      onQuarantineLog: (name, reason, instrument, count) =>
        log.write("WARNING", `${count} ticks quarantined, the last of ${instrument}`, {
          event: "tick_quarantined",
          feed: name,
          reason
        })
    })
  )

  const jetstream = yield* makeJetStreamTickPublisher({
    config: config.tick,
    connection: () => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ticks` }),
    directory,
    feedNames: [feed],
    books,
    latency,
    monotonicMs,
    onEvent: (event) => {
      log.publisher(event)
      account.onPublisher(event)
      machines.onPublisher(event)
    }
  })

  const stalls = yield* startStallWatchdog((stallMs) =>
    log.write("WARNING", `the event loop stood still for ${Math.round(stallMs)} ms`, { event: "event_loop_stall" })
  )
  const { status, reasons, missing } = makeStatus({
    instance: config.instance,
    startedMs: Date.now(),
    registry,
    books,
    queue,
    latency,
    publisher: jetstream.publisher.counts,
    brokerUrl: broker.url,
    stream: config.tick.stream,
    account: account.counts,
    stalls: stalls.counts,
    fronts: [{ feed, account: profile.userId, front: ctp.front, workerPid: ctp.workerPid }],
    nowMs: () => Date.now(),
    monotonicMs
  })
  const machines = makeDaemonMachines({
    registry,
    hours: marketHours,
    feeds: [feed],
    counts: jetstream.publisher.counts,
    workerPid: ctp.workerPid,
    reasons: missing,
    left: () => jetstream.publisher.counts().retained + queue.depth()
  })
  const { journal, control } = makeControlPlane({
    config,
    broker,
    registry,
    log,
    status,
    feeds: [feed],
    drills: { crash: crashWorker(ctp.workerPid), ...(options.drills ?? { disconnect: hangUp(ctp.dropLink) }) }
  })
  const consumers = makeConsumerBacklogs({
    stream: config.tick.stream,
    linkUp: () => status().broker.link === "up",
    // Asked for each time: an embedded server's port is known once it runs.
    connect: Effect.suspend(() =>
      connectNats({
        ...connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} consumers` }),
        reconnect: false
      })
    ),
    monotonicMs
  })
  const metrics = makeMetrics({ status, latency, consumers })
  const publishing = { queue, pool, books, inHand }
  let ask: (request: SessionRequest) => void = () => undefined
  let httpPort = config.http.port
  let looked = false
  const logins: LoginMemory = { lastLoginMs: 0 }
  let fatalEnd: unknown
  // The first one is the cause: what ends while the tree stops because of it only follows.
  const noteFatal = (error: unknown): boolean => {
    const fatal = isFatal(error)
    if (fatal && !(error instanceof SupervisorGaveUp)) fatalEnd ??= error
    return fatal
  }

  const telemetry = (ready: Effect.Effect<void>) =>
    Effect.gen(function* () {
      const server = yield* startTelemetryServer(config.http.host, httpPort, {
        metrics: metrics.read,
        readiness: reasons,
        status
      })
      httpPort = server.port
      yield* ready
      return yield* Effect.never
    })
  const natsLink = (ready: Effect.Effect<void>) =>
    Effect.gen(function* () {
      if (!looked) yield* options.streamLooks?.first ?? Effect.void
      looked = true
      yield* Effect.addFinalizer(() => options.streamLooks?.last ?? Effect.void)
      yield* ready
      return yield* Effect.raceFirst(jetstream.run, account.run)
    })
  const publisher = account.stopAfter(publisherBody(publishing, jetstream.publisher))
  const worker = workerBody({
    front: ctp.front,
    drained: ctp.drained,
    onError: (error) => machines.onWorkerError(feed, error)
  })
  const session = sessionBody(
    {
      feed,
      connectTimeoutMs: config.ctp.connectTimeoutMs,
      loginTimeoutMs: config.ctp.loginTimeoutMs,
      maxRetries: config.ctp.maxRetries,
      coverageMin: config.ctp.coverageMin,
      seed: process.pid
    },
    ctp.front,
    {
      registry,
      phases: machines.phases,
      logins,
      watch: {
        silenceMs: config.ctp.silenceMs === 0 ? Number.POSITIVE_INFINITY : config.ctp.silenceMs,
        // What the reader drains in one turn of the event loop: more than that, twice in a row, is a backlog.
        lagTicks: 8192,
        receivedTicks: () => ctp.ringCounts().received,
        waitingTicks: () => book.snapshot().inFlight.ring
      },
      onState: (state, from, event, lastError) => {
        log.session(feed, state, from, event, lastError)
        accountOfFeed.session(state, Date.now())
      },
      onMailbox: (entrance) => {
        ask = entrance
      }
    }
  )

  let healthy = true
  const onSupervisor = (event: SupervisorEvent) => {
    registry.noteSupervisor(event)
    log.supervisor(event)
    account.onSupervisor(event)
    if (event.type === "gaveUp" && event.supervisor === "root") {
      healthy = false
      options.onGivingUp?.()
    }
    machines.onSupervisor(event)
  }
  return {
    run: (ready) =>
      runTree(
        {
          machines: machines.body,
          telemetry,
          broker: broker.run,
          journal: journal.body,
          natsLink,
          control: control.body,
          publisher,
          fronts: [{ feed, worker, session }],
          isFatal: noteFatal,
          stateOf: (actor) => registry.actor(actor)?.state
        },
        ready
      ).pipe(
        Effect.mapError((gaveUp): unknown => (gaveUp.fatal ? (fatalEnd ?? gaveUp) : gaveUp)),
        closeAccount(publishing),
        account.closeAfter,
        Effect.provideService(SupervisorEvents, onSupervisor),
        Effect.provide(jsonLoggerLayer(config.logLevel, options.write, maskAccount(profile.userId)))
      ),
    status,
    latency,
    askSession: (_feed, request) => ask(request),
    httpPort: () => httpPort,
    workerPid: ctp.workerPid,
    stillStopping: () => registry.stopping(),
    isHealthy: () => healthy
  }
})

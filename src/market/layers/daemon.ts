import { Effect, type Scope } from "effect"
import { runTree } from "../../../actors/market/supervision-tree.ts"
import { Registry } from "../../../actors/runtime/registry.ts"
import { type SupervisorEvent, SupervisorEvents } from "../../../actors/runtime/supervisor.ts"
import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { noHours } from "../../kernel/calendar/trading-phase.ts"
import { TradingSessions } from "../../kernel/calendar/trading-sessions.ts"
import { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { phaseSourceOf } from "../../kernel/instrument/instrument-hours.ts"
import { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import { SlabPool, type TickBatch } from "../../kernel/tick/tick-slab.ts"
import { jsonLoggerLayer } from "../../platform/log/json-logger.ts"
import { connectionOf } from "../../platform/nats/nats-settings.ts"
import { monotonicMs } from "../../platform/process/clock.ts"
import { startStallWatchdog } from "../../platform/process/stall-watchdog.ts"
import { makeMetrics } from "../adapters/prometheus/metrics.ts"
import { FeedArbiter } from "../application/intake/arbitrate-feeds.ts"
import { makeTickQueue } from "../application/intake/tick-queue.ts"
import type { FeedIntegrity } from "../application/integrity/feed-integrity.ts"
import { OverflowIntegrity } from "../application/integrity/overflow-integrity.ts"
import { maskedAccounts } from "../config/front-profiles.ts"
import { countedRestarts } from "./causes/counted-restarts.ts"
import { noteLink, noteWorker, ofOwnServer, sideStreamReports } from "./causes/waiting-streams.ts"
import { makeCalendarWatch } from "./contracts/calendar-watch.ts"
import { makeOperators } from "./control/daemon-operators.ts"
import type { Daemon, DaemonOptions } from "./daemon-options.ts"
import { makeDaemonSwitch } from "./failover/daemon-switch.ts"
import { closeIntegrity, publisherBody } from "./feeds/child-bodies.ts"
import { connectIntakes, coverOf, makeFronts } from "./feeds/daemon-feeds.ts"
import { type FeedParts, makeFeedParts } from "./feeds/feed-parts.ts"
import { marketHoursOf } from "./feeds/market-hours.ts"
import { makeUnwritable } from "./feeds/unwritable-ticks.ts"
import { makeDaemonHealth } from "./health/daemon-health.ts"
import { makeIntegrityLine } from "./integrity/integrity-line.ts"
import { makeDaemonMachines } from "./journal/daemon-machines.ts"
import { DaemonLog, later } from "./log/daemon-log.ts"
import type { OnException } from "./log/exception-log.ts"
import { makeHostClockLog } from "./log/host-clock-log.ts"
import { makeOverflowLog } from "./log/overflow-log.ts"
import type { OnQuarantineLog } from "./log/quarantine-log.ts"
import { makeJetStreamTickPublisher, underFence } from "./publish/publisher.ts"
import { onSupersededOf, spoolCallbacks, unfinishedOf } from "./publish/spool-line.ts"
import { lookAtUnusedSpool } from "./publish/spool-unused.ts"
import { consumersOf } from "./status/daemon-consumers.ts"
import { makeStatus } from "./status/daemon-status.ts"
import { metricBounds } from "./status/metric-bounds.ts"
import { makeTelemetry } from "./status/telemetry.ts"

const slabRows = 1024

/** Puts the daemon together. Nothing runs yet, but the ring exists; it belongs to the scope. */
export const makeDaemon = Effect.fnUntraced(function* (
  options: DaemonOptions
): Effect.fn.Return<Daemon, unknown, Scope.Scope> {
  const { config, broker, waiting } = options
  const whose = maskedAccounts(config.ctp.profiles)
  const log = new DaemonLog({ level: config.logLevel, write: options.write, ...whose })
  const registry = new Registry()
  const latency = new LatencyHistogram()
  const directory = new InstrumentDirectory(options.contracts)
  const pool = new SlabPool({ rows: slabRows, keep: Math.ceil(config.tick.queueTicks / slabRows) + 2 })
  const overflow = new OverflowIntegrity(config.tick.overflow ?? "drop-newest")
  const queue = yield* makeTickQueue(config.tick.queueTicks, { integrity: overflow, pool })
  const inHand: Array<TickBatch> = []
  const feeds = yield* Effect.forEach(config.ctp.profiles, (profile, index) =>
    waiting.until(
      "ring",
      makeFeedParts({
        config,
        profile,
        index,
        workerBinary: options.workerBinary,
        workerEnv: options.workerEnv,
        instruments: options.instruments,
        directory,
        log
      })
    )
  )
  const first = feeds[0] as FeedParts
  const feedNames = feeds.map(({ feed }) => feed)
  const feedNamed = (name: string) => feeds.find(({ feed }) => feed === name)
  const ledgers = feeds.map(({ ledger }) => ledger)
  const calendar = options.calendar ?? chinaCalendar
  const calendarWatch = makeCalendarWatch({ calendar, log, nowMs: () => Date.now() })
  // A recording has the hours of its days, also where the market of the demo has none.
  const lawHours =
    config.tick.replay || config.marketHours === "calendar"
      ? phaseSourceOf(directory, new TradingSessions(calendar))
      : noHours
  const marketHours = marketHoursOf(
    config.marketHours,
    first.asking.subscriptions,
    directory,
    new TradingSessions(calendar)
  )
  const overflowLooks = ledgers.map((ledger) =>
    makeOverflowLog({ ledger, queue }, monotonicMs, (news) => log.overflow(news))
  )
  const arbiter = feeds.length > 1 ? new FeedArbiter(feeds.length) : undefined
  const integrity = yield* makeIntegrityLine({
    instance: config.instance,
    ledgers,
    directory,
    hours: lawHours,
    silenceMs: config.ctp.silenceMs,
    phaseAt: marketHours.phaseAt,
    nextChangeMs: marketHours.nextChangeMs,
    ...(arbiter === undefined ? {} : coverOf(feeds)),
    replicas: config.tick.replicas,
    connection: (what) => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ${what}` }),
    ...sideStreamReports(waiting, log),
    whenUp: broker.whenUp,
    nowMs: () => Date.now(),
    onLook: () => {
      for (const look of overflowLooks) look()
    }
  })
  const onQuarantineLog: OnQuarantineLog = (...news) => log.quarantined(...news)
  const onException: OnException = (news) => log.exception(news)
  connectIntakes(feeds, {
    feedIntegrity: integrity.feeds,
    arbiter,
    pool,
    queue,
    overflow,
    directory,
    replay: config.tick.replay,
    hours: lawHours,
    calendar,
    onBeyondCalendar: calendarWatch.onTickBeyond,
    onClock: makeHostClockLog(log),
    monotonicMs,
    onQuarantineLog,
    onException,
    later
  })

  const jetstream = yield* makeJetStreamTickPublisher({
    config: config.tick,
    instance: config.instance,
    stateDir: config.stateDir,
    connection: () => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ticks` }),
    directory,
    feedNames,
    ledgers,
    latency,
    monotonicMs,
    whenUp: broker.whenUp,
    endsAtStart: waiting.verdict.endsAtStart,
    untilOpen: (open) => waiting.until("spool", open),
    onEvent: (news) => {
      const event = broker.run === undefined ? news : ofOwnServer(news)
      log.publisher(event)
      noteLink(waiting, event)
      integrity.onPublisher(event)
      machines.onPublisher(event)
      if (event.type === "takenBack") noteTakeBack(event)
    },
    onSuperseded: onSupersededOf(integrity.feeds),
    onFormerRun: (former) => integrity.onFormerRun(former, (feed) => feeds[feed]?.gate.isOpen() === false),
    spooling: spoolCallbacks({
      log,
      ledgers,
      feedIntegrity: integrity.feeds,
      overflow: overflow.policy,
      queue,
      monotonicMs,
      onSpool: (event) => machines.onSpool(event)
    })
  })

  const health = makeDaemonHealth({
    config,
    directory,
    calendar,
    registry,
    log,
    feeds,
    leave: (feed) => feedSwitch?.leave(feed)
  })
  const stalls = yield* startStallWatchdog((stallMs) =>
    log.write("WARNING", `the event loop stood still for ${Math.round(stallMs)} ms`, { event: "event_loop_stall" })
  )
  const { status, readiness, missing } = makeStatus({
    instance: config.instance,
    startedMs: Date.now(),
    registry,
    ledgers,
    queue,
    latency,
    publisher: jetstream.publisher.counts,
    fence: jetstream.fence,
    health: health.counts,
    failover: () => feedSwitch?.status(),
    brokerUrl: broker.url,
    waiting: () => waiting.board.list(),
    listIsMissing: () => config.instruments.length === 0 && options.catalogue?.isMissing() === true,
    stream: config.tick.stream,
    integrity: integrity.counts,
    spool: jetstream.spool?.spoolCounts,
    spoolUnused: lookAtUnusedSpool(config.tick.unusedSpool, log),
    stalls: stalls.counts,
    fronts: feeds.map(({ feed, profile, ctp, asking, gate }) => ({
      feed,
      account: profile.userId,
      front: ctp.front,
      subscriptions: asking.subscriptions,
      workerPid: ctp.workerPid,
      isHeld: () => !gate.isOpen(),
      addresses: profile.addresses,
      fixedPassword: !profile.password.isFile,
      lateMs: () => health.counts(feed).lateMs
    })),
    nowMs: () => Date.now(),
    monotonicMs
  })
  const machines = makeDaemonMachines({
    registry,
    hours: marketHours,
    feeds: feedNames,
    counts: jetstream.publisher.counts,
    workerPid: (feed) => feedNamed(feed)?.ctp.workerPid() ?? 0,
    reasons: missing,
    spooled: () => (jetstream.spool?.spoolCounts().ticks ?? 0) > 0,
    left: () => unfinishedOf(jetstream) + queue.depth()
  })
  const feedSwitch = makeDaemonSwitch({
    config,
    feeds,
    feedIntegrity: integrity.feeds,
    phases: machines.phases,
    registry,
    log,
    silentMs: (feed) => health.counts(feed).silentMs
  })
  const { journal, control, noteTakeBack, wanted, entrance, isRestarting } = makeOperators({
    daemon: options,
    registry,
    log,
    status,
    directory,
    feeds,
    feedSwitch,
    health
  })
  const consumers = consumersOf({ config, broker, isLinkUp: () => status().broker.link === "up" })
  const gaps = integrity.feeds.map((feed) => feed.gaps)
  const metrics = makeMetrics({
    status,
    latency,
    consumers,
    gaps,
    contracts: options.catalogue?.counts,
    bounds: metricBounds,
    logDropped: options.logDropped
  })
  const onUnwritable = makeUnwritable({
    feeds: feeds.map(({ feed, index }) => ({ feed, integrity: integrity.feeds[index] as FeedIntegrity })),
    directory,
    monotonicMs,
    onQuarantineLog,
    onException,
    arbiter,
    later
  })
  const publishing = { queue, pool, ledgers, inHand, onUnwritable, keep: jetstream.spool?.keep }
  const telemetry = makeTelemetry(config.http, { metrics: metrics.read, readiness, status })
  let looked = false
  const natsLink = (ready: Effect.Effect<void>) =>
    Effect.gen(function* () {
      if (!looked) yield* options.streamLooks?.first ?? Effect.void
      looked = true
      yield* Effect.addFinalizer(() => options.streamLooks?.last ?? Effect.void)
      yield* ready
      return yield* Effect.raceFirst(jetstream.run, underFence(jetstream.fence, integrity.run))
    })
  const publisher = integrity.stopAfter(publisherBody(publishing, jetstream.publisher))
  const fronts = makeFronts(feeds, {
    config,
    feedIntegrity: integrity.feeds,
    registry,
    machines: {
      phases: machines.phases,
      onWorkerError: (feed, error) => {
        machines.onWorkerError(feed, error)
        waiting.failed("feed worker", `front-${feed}`, error)
      }
    },
    log,
    onSession: () => feedSwitch?.look()
  })

  const restartsOf = countedRestarts(registry, () => Date.now())
  let healthy = true
  const onSupervisor = (event: SupervisorEvent) => {
    registry.noteSupervisor(event)
    noteWorker(waiting, event)
    log.supervisor(event)
    integrity.onSupervisor(event)
    if (event.type === "gaveUp" && event.supervisor === "root") {
      healthy = false
      options.onGivingUp?.()
    }
    machines.onSupervisor(event, isRestarting(`${event.supervisor}/${event.child}`))
  }
  return {
    run: (ready) =>
      runTree(
        {
          machines: machines.body,
          telemetry: waiting.child("telemetry", telemetry.body, { atOnce: true, ...restartsOf("telemetry") }),
          broker:
            broker.run === undefined
              ? undefined
              : waiting.child("nats-server", broker.run, { atOnce: true, ...restartsOf("broker") }),
          journal: waiting.beside("control plane", journal.body, restartsOf("journal")),
          natsLink,
          contracts: options.catalogue?.body(wanted.onList),
          control: control.body,
          publisher,
          failover: feedSwitch?.body,
          health: health.body,
          fronts,
          isFatal: waiting.verdict.endsDaemon,
          stateOf: (actor) => registry.stoodIn(actor),
          entrance
        },
        ready
      ).pipe(
        Effect.mapError((gaveUp): unknown => (gaveUp.fatal ? (waiting.verdict.end() ?? gaveUp) : gaveUp)),
        closeIntegrity(publishing),
        integrity.closeAfter,
        Effect.ensuring(Effect.sync(() => log.flush())),
        Effect.provideService(SupervisorEvents, onSupervisor),
        Effect.provide(
          jsonLoggerLayer(
            (level) => log.isWritten(level),
            (record) => log.pass(record),
            whose
          )
        )
      ),
    status,
    latency,
    askSession: (feed, request) => feedNamed(feed)?.ask(request),
    httpPort: telemetry.port,
    workerPid: (feed) => (feed === undefined ? first : feedNamed(feed))?.ctp.workerPid() ?? 0,
    stillStopping: () => registry.stopping(),
    isHealthy: () => healthy
  }
})

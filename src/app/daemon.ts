import { Effect, type Scope } from "effect"
import { Registry } from "../../actors/registry.ts"
import { runSession, type SessionRequest } from "../../actors/session-actor.ts"
import { runTree } from "../../actors/supervision-tree.ts"
import { type SupervisorEvent, SupervisorEvents, SupervisorGaveUp } from "../../actors/supervisor.ts"
import { makeCtpFront } from "../adapters/ctp/ctp-front.ts"
import { startTelemetryServer, TelemetryError } from "../adapters/http/telemetry-server.ts"
import { PublisherFatal } from "../adapters/jetstream/publish-errors.ts"
import { NatsServerError } from "../adapters/nats/embedded-server.ts"
import { makeMetrics } from "../adapters/prometheus/metrics.ts"
import { LedgerBook } from "../application/ledger.ts"
import { drainTicks, publishTicks } from "../application/publish-ticks.ts"
import { makeTickQueue } from "../application/tick-queue.ts"
import { maskAccount } from "../domain/account-mask.ts"
import type { Contract } from "../domain/contract.ts"
import { FeedWorkerError } from "../domain/feed-worker-error.ts"
import { InstrumentDirectory } from "../domain/instrument-directory.ts"
import { LatencyHistogram } from "../domain/latency-histogram.ts"
import { SlabPool, type TickBatch } from "../domain/tick-slab.ts"
import { MarketFront } from "../ports/outbound/market-front.ts"
import { TickPublisher } from "../ports/outbound/tick-publisher.ts"
import type { StatusMessage } from "../protocol/status.ts"
import type { Broker } from "./broker.ts"
import { monotonicMs } from "./clock.ts"
import type { Config } from "./config.ts"
import { runControl } from "./control.ts"
import { DaemonLog } from "./daemon-log.ts"
import { makeStatus } from "./daemon-status.ts"
import { makeJetStreamTickPublisher } from "./publisher.ts"
import { makeFeedIntake } from "./tick-line.ts"

export interface DaemonOptions {
  readonly config: Config
  readonly broker: Broker
  readonly contracts: ReadonlyArray<Contract>
  readonly instruments: ReadonlyArray<string>
  /** Path of `tickd-feed-worker`. */
  readonly workerBinary: string
  readonly write: (line: string) => void
  /** Looks at the stream: `first` before the first tick goes there, `last` after the line has drained. The broker runs at both. */
  readonly streamLooks?: { readonly first: Effect.Effect<void>; readonly last: Effect.Effect<void> }
}

/** A daemon that is built and not yet running. */
export interface Daemon {
  /** Runs the tree until it gives up or is interrupted; interruption drains it in stop order. */
  readonly run: (ready: Effect.Effect<void>) => Effect.Effect<never, SupervisorGaveUp>
  readonly status: () => StatusMessage
  readonly latency: LatencyHistogram
  readonly askSession: (feed: string, request: SessionRequest) => void
  readonly httpPort: () => number
  readonly workerPid: () => number
}

/** Ends that a restart cannot cure: they stop the daemon with their sentence instead of a loop of restarts. */
const isFatal = (error: unknown): boolean =>
  (error instanceof SupervisorGaveUp && error.fatal) ||
  (error instanceof FeedWorkerError && error.fatal) ||
  error instanceof TelemetryError ||
  error instanceof PublisherFatal ||
  error instanceof NatsServerError

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
  ctp.connectIntake(
    makeFeedIntake({
      feed,
      feedIndex: 0,
      pool,
      queue,
      book,
      directory,
      loginTradingDay: ctp.loginTradingDay,
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
    connection: () => ({
      url: broker.url(),
      name: `tickd ${config.instance} ticks`,
      ...(config.nats.user === undefined ? {} : { user: config.nats.user }),
      ...(config.nats.password === undefined ? {} : { pass: config.nats.password.reveal() })
    }),
    directory,
    feedNames: [feed],
    books,
    latency,
    monotonicMs,
    onEvent: (event) => log.publisher(event)
  })

  const { status, reasons } = makeStatus({
    instance: config.instance,
    startedMs: Date.now(),
    registry,
    books,
    queue,
    latency,
    publisher: jetstream.publisher.counts,
    brokerUrl: broker.url,
    stream: config.tick.stream,
    fronts: [{ feed, account: profile.userId, front: ctp.front, workerPid: ctp.workerPid }],
    nowMs: () => Date.now(),
    monotonicMs
  })
  const metrics = makeMetrics({ status, latency })
  const publishing = { queue, pool, books, inHand }
  let ask: (request: SessionRequest) => void = () => undefined
  let httpPort = config.http.port
  let looked = false

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
      return yield* jetstream.run
    })
  const publisher = (ready: Effect.Effect<void>) =>
    Effect.gen(function* () {
      let stopping = true
      yield* Effect.addFinalizer((exit) =>
        // A crash is followed by a restart that goes on with what is in hand; only a stop drains.
        Effect.suspend(() =>
          stopping && exit._tag === "Failure" ? drainTicks({ ...publishing, deadlineMs: 12_000 }) : Effect.void
        )
      )
      yield* ready
      yield* publishTicks(publishing).pipe(
        Effect.tapCause((cause) =>
          Effect.sync(() => void (stopping = cause.reasons.every(({ _tag }) => _tag === "Interrupt")))
        )
      )
    }).pipe(Effect.provideService(TickPublisher, jetstream.publisher))
  const worker = (ready: Effect.Effect<void>) =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() =>
        ctp.drained.pipe(Effect.interruptible, Effect.timeoutOption(5000), Effect.asVoid)
      )
      yield* ctp.front.runWorker(ready)
    })
  const session = (ready: Effect.Effect<void>) =>
    runSession({
      input: {
        feed,
        connectTimeoutMs: config.ctp.connectTimeoutMs,
        loginTimeoutMs: config.ctp.loginTimeoutMs,
        subscribeTimeoutMs: 20_000,
        healthyAfterMs: 30_000,
        // No faster than one login a second: fronts refuse more.
        backoff: { baseMs: 1250, capMs: 30_000 },
        seed: process.pid
      },
      registry,
      onState: (state, from, event, lastError) => log.session(feed, state, from, event, lastError),
      onMailbox: (entrance) => {
        ask = entrance
      },
      ready
    }).pipe(Effect.provideService(MarketFront, ctp.front))

  const onSupervisor = (event: SupervisorEvent) => {
    registry.noteSupervisor(event)
    log.supervisor(event)
  }
  return {
    run: (ready) =>
      runTree(
        {
          telemetry,
          broker: broker.run,
          natsLink,
          control: (serving) => runControl({ config, broker, status, ready: serving }),
          publisher,
          fronts: [{ feed, worker, session }],
          isFatal
        },
        ready
      ).pipe(Effect.provideService(SupervisorEvents, onSupervisor)),
    status,
    latency,
    askSession: (_feed, request) => ask(request),
    httpPort: () => httpPort,
    workerPid: ctp.workerPid
  }
})

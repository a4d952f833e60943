import { join } from "node:path"
import { Effect, Option, type Scope } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation } from "../cli/invocation.ts"
import { maskAccount } from "../kernel/instrument/account-mask.ts"
import { quotedVariables, unknownVariables } from "../market/config/unknown-variables.ts"
import { embeddedBroker, externalBroker } from "../market/layers/publish/broker.ts"
import { logToStdout } from "../platform/log/log-descriptor.ts"
import type { Shutdown } from "../platform/process/exit.ts"
import { projectRoot } from "../platform/process/project.ts"
import { projectVersion } from "../platform/process/project-version.ts"
import { startServiceReports } from "../platform/systemd/sd-notify.ts"
import { tradingStreams } from "../protocol/trading/streams.ts"
import { readTradeConfig, type TradeConfig } from "../trading/config/trade-config.ts"
import { makeTradeLog } from "../trading/layers/log/trade-log.ts"
import { whenBookAnswers } from "../trading/layers/run/await-book.ts"
import { makeTradeDaemon } from "../trading/layers/run/daemon.ts"
import { OrderStoreError } from "../trading/ports/order-store.ts"
import { variableNames } from "./env/variables.ts"
import { logLevelFlag } from "./log-level-flag.ts"
import { ProcessShutdown } from "./process-shutdown.ts"
import { withSimulatedVenue } from "./trade/simulated-venue.ts"
import { demoCommand } from "./trade/trade-demo.ts"
import { makeTradeFolders, withoutStore } from "./trade/trade-store.ts"

const flags = {
  embeddedNats: Flag.Boolean("embedded-nats").pipe(
    Flag.withDescription("Run nats-server as a supervised child instead of using NATS_URL"),
    Flag.withDefault(false)
  ),
  simulatedVenue: Flag.Boolean("simulated-venue").pipe(
    Flag.withDescription("Run 'tickd paper' as a supervised child instead of using Alpaca; no keys are needed"),
    Flag.withDefault(false)
  ),
  logLevel: logLevelFlag
}
type TradeFlags = Command.Command.Config.Infer<typeof flags>

/** Longest start that a service manager waits for. A start that waits for its book says so in `/readyz`. */
const announceAfterMs = 20_000

/** What a start leaves behind. The scope holds what it opened. */
const prepare = Effect.fnUntraced(function* (config: TradeConfig, options: TradeFlags, leave: Shutdown) {
  const { env } = yield* Invocation
  const output = yield* logToStdout
  const { nats, settings, stateDir, venue } = config
  const log = makeTradeLog({
    level: config.logLevel,
    account: venue === undefined ? null : maskAccount(venue.keys.id.reveal()),
    write: (line) => output.write(line)
  })
  log.write("INFO", `tickd ${projectVersion} trades as ${settings.instance}, mode ${settings.mode}`, {
    event: "daemon_starts",
    version: projectVersion,
    node: process.versions.node,
    pid: process.pid,
    instance: settings.instance,
    state_dir: stateDir,
    mode: settings.mode,
    venue: venue?.urls.trading ?? null
  })
  for (const sentence of unknownVariables(env, variableNames)) {
    log.write("WARNING", sentence, { event: "variable_unknown" })
  }
  for (const sentence of quotedVariables(env)) log.write("WARNING", sentence, { event: "variable_quoted" })
  let daemon: Effect.Success<ReturnType<typeof makeTradeDaemon>> | undefined
  leave.guard({
    deadlineMs: config.shutdownDeadlineMs,
    stillStopping: () => daemon?.stillStopping() ?? [],
    log: (message, event, level = "ERROR") => log.write(level, message, { event })
  })
  const service = yield* startServiceReports({
    systemd: config.systemd,
    isHealthy: () => daemon?.isHealthy() ?? true,
    onTrouble: (message) => log.write("WARNING", message, { event: "service_manager_trouble" })
  })
  yield* makeTradeFolders(config)
  const simulated = yield* withSimulatedVenue(config, options.simulatedVenue, log)
  if (simulated.config.venue === undefined) {
    log.write("WARNING", "No keys of a venue are set: orders have no price, so every entry is refused.", {
      event: "no_venue"
    })
  }
  const broker = options.embeddedNats
    ? embeddedBroker({
        root: projectRoot,
        env,
        storeDir: join(config.bookDir, "nats"),
        port: nats.port,
        shapes: tradingStreams(nats.replicas).map(({ shape }) => shape),
        say: (line) => void process.stderr.write(`[tickd] ${line}\n`),
        onLine: (line) => log.write("INFO", line, { event: "nats_line" }),
        onTrouble: (message) => log.write("WARNING", message, { event: "nats_server_trouble" })
      })
    : externalBroker(nats.url ?? `nats://127.0.0.1:${nats.port}`)
  let stopping = false
  const parts = {
    config: simulated.config,
    log,
    broker,
    simulatedVenue: simulated.body,
    logDropped: () => output.dropped,
    isStopping: () => stopping,
    onGivingUp: () => leave.begin(),
    onDrainAsked: () => leave.ask()
  }
  yield* Effect.forkScoped(Effect.andThen(Effect.sleep(announceAfterMs), Effect.sync(service.ready)))
  daemon = yield* whenBookAnswers(parts, makeTradeDaemon(parts)).pipe(
    Effect.mapError((error) => (error instanceof OrderStoreError ? withoutStore(error) : error))
  )
  const stop = Effect.sync(() => {
    stopping = true
    service.stopping()
  })
  return { daemon, service, log, stop }
})

/** Logs to stdout and drains on the first signal, which ends a start as well. Fails with what the tree gave up on. */
const runTrade = Effect.fnUntraced(function* (
  options: TradeFlags
): Effect.fn.Return<void, unknown, Scope.Scope | Invocation | ProcessShutdown> {
  const { env } = yield* Invocation
  const leave = yield* ProcessShutdown
  const read = yield* readTradeConfig(options.simulatedVenue ? { ...env, ...withoutKeys } : env, {
    simulatedVenue: options.simulatedVenue
  })
  const config = { ...read, logLevel: Option.getOrElse(options.logLevel, () => read.logLevel) }
  const started = yield* Effect.raceFirst(prepare(config, options, leave), Effect.as(leave.asked, undefined))
  if (started === undefined) return
  const { daemon, log, service, stop } = started
  yield* Effect.raceFirst(daemon.run(Effect.sync(service.ready)), Effect.tap(leave.asked, stop))
  const { orders } = daemon.status()
  log.write("INFO", "trading has stopped; what works at the venue goes on there", { event: "stopped", orders })
})

/** The keys of a real venue are not read when the venue is simulated. */
const withoutKeys = {
  APCA_API_KEY_ID: undefined,
  APCA_API_KEY_ID_FILE: undefined,
  APCA_API_SECRET_KEY: undefined,
  APCA_API_SECRET_KEY_FILE: undefined,
  APCA_API_BASE_URL: undefined,
  APCA_API_DATA_URL: undefined,
  TRADE_QUOTES_URL: undefined
}

/** `tickd trade`: the trading daemon, configured by the environment. */
export const command = Command.make("trade", flags, (options) => Effect.scoped(runTrade(options))).pipe(
  Command.withDescription(
    "Run the trading daemon. It is configured by the environment: TRADE_MODE, APCA_API_KEY_ID, APCA_API_SECRET_KEY_FILE, " +
      "APCA_API_BASE_URL, NATS_URL and more, see docs/reference/config.md. Orders leave only with TRADE_MODE=live and after an operator has armed the trading day. SIGTERM or Ctrl-C drains and stops it."
  ),
  Command.withSubcommands([demoCommand])
)

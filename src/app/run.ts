import { join } from "node:path"
import { Effect, Option, type Scope } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation } from "../cli/invocation.ts"
import type { Variables } from "../cli/terminal/screen.ts"
import type { TradingCalendar } from "../kernel/calendar/trading-calendar.ts"
import { wantedOf } from "../kernel/instrument/contract-life.ts"
import { type Config, readConfig } from "../market/config/config.ts"
import { maskedAccounts } from "../market/config/ctp-login-variables.ts"
import { quotedVariables, unknownVariables } from "../market/config/unknown-variables.ts"
import { makeWaiting, type Waiting } from "../market/layers/causes/waiting.ts"
import { type ContractKeeper, makeContractKeeper } from "../market/layers/contracts/contract-keeper.ts"
import { makeDaemon } from "../market/layers/daemon.ts"
import type { Daemon } from "../market/layers/daemon-options.ts"
import { DaemonLog } from "../market/layers/log/daemon-log.ts"
import { embeddedBroker, externalBroker, shapesOf } from "../market/layers/publish/broker.ts"
import { serveStart } from "../market/layers/status/start-telemetry.ts"
import { startTracing } from "../market/layers/trace/start-tracing.ts"
import { logToStdout } from "../platform/log/log-descriptor.ts"
import type { LogLevel } from "../platform/log/log-record.ts"
import { withoutSecrets } from "../platform/process/child-environment.ts"
import type { Shutdown } from "../platform/process/exit.ts"
import { nativeFiles, projectRoot } from "../platform/process/project.ts"
import { projectVersion } from "../platform/process/project-version.ts"
import { makeStateFolder } from "../platform/process/state-folder.ts"
import { UserError } from "../platform/process/user-error.ts"
import { startServiceReports } from "../platform/systemd/sd-notify.ts"
import { readCalendar } from "./calendar-source.ts"
import { variableNames } from "./env/variables.ts"
import { logLevelFlag } from "./log-level-flag.ts"
import { ProcessShutdown } from "./process-shutdown.ts"

interface RunOptions {
  readonly embeddedNats: boolean
  /** Take the stream from a writer that is running. */
  readonly takeOver: boolean
  /** Lowest level that is logged; none: LOG_LEVEL. */
  readonly logLevel: Option.Option<LogLevel>
}

const keeperOf = (env: Variables, config: Config, calendar: TradingCalendar, log: DaemonLog, waiting: Waiting) =>
  config.contracts === undefined
    ? Effect.undefined
    : makeContractKeeper({ settings: config.contracts, calendar, env, log, waiting })

/** Every contract of the lists that is not expired; a recording has the contracts of its own days. */
const wantedAtStart = (config: Config, catalogue: ContractKeeper | undefined): ReadonlyArray<string> =>
  catalogue === undefined ? [] : wantedOf(catalogue.contracts, {}, config.tick.replay ? 0 : catalogue.tradingDay)

/** Longest start that a service manager waits for. A daemon that waits is up and says so in `/readyz`. */
const announceAfterMs = 20_000

/** What a start leaves behind: the daemon and its reports. Waits for what passes; the scope holds what it opened. */
const prepare = Effect.fnUntraced(function* (env: Variables, options: RunOptions, config: Config, leave: Shutdown) {
  const output = yield* logToStdout
  const write = (line: string) => output.write(line)
  const log = new DaemonLog({ level: config.logLevel, write, ...maskedAccounts(config.ctp.profiles) })
  log.write("INFO", `tickd ${projectVersion} starts as ${config.instance}`, {
    event: "daemon_starts",
    version: projectVersion,
    node: process.versions.node,
    pid: process.pid,
    instance: config.instance,
    state_dir: config.stateDir
  })
  for (const sentence of unknownVariables(env, variableNames))
    log.write("WARNING", sentence, { event: "variable_unknown" })
  for (const sentence of quotedVariables(env)) log.write("WARNING", sentence, { event: "variable_quoted" })
  const waiting = makeWaiting(log, { waits: true })
  let daemon: Daemon | undefined
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
  yield* Effect.forkScoped(Effect.andThen(Effect.sleep(announceAfterMs), Effect.sync(service.ready)))
  const closeStart = yield* serveStart(config, waiting)
  yield* waiting.until("state folder", makeStateFolder(config.stateDir, "TICKD_STATE_DIR"))
  const calendar = yield* waiting.until("calendar", readCalendar(config.calendarFile))
  const catalogue = yield* keeperOf(env, config, calendar, log, waiting)
  const contracts = catalogue?.contracts ?? []
  const instruments = config.instruments.length > 0 ? config.instruments : wantedAtStart(config, catalogue)
  // A trader front that does not answer yet is waited for while the daemon runs: it may have the list any minute.
  if (instruments.length === 0 && config.contracts?.trader === undefined) {
    const expired = contracts.length > 0 ? ` All ${contracts.length} contracts of the lists are expired.` : ""
    return yield* new UserError({
      code: "NOTHING_TO_SUBSCRIBE",
      exitCode: 78,
      message: `No instrument is wanted: set TICKD_INSTRUMENTS (rb2701,IF2612), TICKD_CONTRACTS (a contract file) or CTP_TD_LIBRARY (the trader library).${expired}`
    })
  }
  const broker = options.embeddedNats
    ? embeddedBroker({
        root: projectRoot,
        env,
        storeDir: join(config.stateDir, "nats"),
        port: config.nats.port,
        shapes: shapesOf(config.tick),
        say: (line) => void process.stderr.write(`[tickd] ${line}\n`),
        onLine: (line) => log.write("INFO", line, { event: "nats_line" }),
        onTrouble: (message) => log.write("WARNING", message, { event: "nats_server_trouble" })
      })
    : externalBroker(config.nats.url ?? `nats://127.0.0.1:${config.nats.port}`)
  const spans = yield* startTracing(config, log)
  daemon = yield* makeDaemon({
    config,
    broker,
    waiting,
    contracts,
    instruments,
    catalogue,
    calendar,
    workerBinary: nativeFiles.worker,
    workerEnv: withoutSecrets(env),
    write,
    logDropped: () => output.dropped,
    spans,
    onGivingUp: () => leave.begin(),
    onDrainAsked: () => leave.ask()
  })
  yield* closeStart
  return { daemon, service, log }
})

/** Logs to stdout and drains on the first signal, which ends a start as well. Fails with what the tree gave up on. */
const runDaemon = Effect.fnUntraced(function* (
  options: RunOptions
): Effect.fn.Return<void, unknown, Scope.Scope | Invocation | ProcessShutdown> {
  const { env } = yield* Invocation
  const leave = yield* ProcessShutdown
  const read = yield* readConfig(env, "waits")
  const config: Config = {
    ...read,
    logLevel: Option.getOrElse(options.logLevel, () => read.logLevel),
    tick: options.takeOver ? { ...read.tick, takeOver: true } : read.tick
  }
  const started = yield* Effect.raceFirst(prepare(env, options, config, leave), Effect.as(leave.asked, undefined))
  if (started === undefined) return
  const { daemon, service, log } = started
  const asked = Effect.tap(leave.asked, () => Effect.sync(service.stopping))
  yield* Effect.raceFirst(daemon.run(Effect.sync(service.ready)), asked)
  const { ledger } = daemon.status()
  log.write("INFO", "final account", { event: "ledger", ledger })
  if (!ledger.every(({ balanced, in_flight }) => balanced && in_flight === 0)) {
    return yield* new UserError({
      code: "TICKS_UNACCOUNTED",
      exitCode: 1,
      message: "The ledger does not balance: see the last log line."
    })
  }
})

/** `tickd run`: the daemon, configured by the environment. */
export const command = Command.make(
  "run",
  {
    embeddedNats: Flag.Boolean("embedded-nats").pipe(
      Flag.withDescription("Run nats-server as a supervised child instead of using NATS_URL"),
      Flag.withDefault(false)
    ),
    takeOver: Flag.Boolean("take-over").pipe(
      Flag.withDescription(
        "Become the writer of the stream even if another daemon publishes to it; that one stops publishing"
      ),
      Flag.withDefault(false)
    ),
    logLevel: logLevelFlag
  },
  (options) => Effect.scoped(runDaemon(options))
).pipe(
  Command.withDescription(
    "Run the daemon. It is configured by the environment: CTP_MD_LIBRARY, CTP_PRIMARY_MD_ADDRESS, CTP_PRIMARY_BROKER_ID, " +
      "CTP_PRIMARY_USER_ID, CTP_PRIMARY_PASSWORD, NATS_URL and more, see docs/reference/cli.md. SIGTERM or Ctrl-C drains and stops it."
  )
)

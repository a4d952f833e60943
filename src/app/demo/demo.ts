import { createServer } from "node:net"
import { join } from "node:path"
import { Effect, Exit, Option, type Scope } from "effect"
import { Command } from "effect/cli"
import { Invocation } from "../../cli/invocation.ts"
import { folded } from "../../cli/terminal/layout.ts"
import { errorScreenOf, type Variables } from "../../cli/terminal/screen.ts"
import { errorText } from "../../kernel/error-text.ts"
import { maskAccount } from "../../kernel/instrument/account-mask.ts"
import { type Config, subscriptionHttp } from "../../market/config/config.ts"
import { quotedVariables, unknownVariables } from "../../market/config/unknown-variables.ts"
import { makeWaiting } from "../../market/layers/causes/waiting.ts"
import { simulatedDrills } from "../../market/layers/control/inject-drills.ts"
import { makeDaemon } from "../../market/layers/daemon.ts"
import type { Daemon } from "../../market/layers/daemon-options.ts"
import { DaemonLog } from "../../market/layers/log/daemon-log.ts"
import { type Broker, embeddedBroker, externalBroker, shapesOf } from "../../market/layers/publish/broker.ts"
import { storedMessages } from "../../market/layers/publish/stored-messages.ts"
import { startTracing } from "../../market/layers/trace/start-tracing.ts"
import { logToFile } from "../../platform/log/log-descriptor.ts"
import { connectionOf } from "../../platform/nats/nats-settings.ts"
import { withoutSecrets } from "../../platform/process/child-environment.ts"
import { monotonicMs } from "../../platform/process/clock.ts"
import { nativeFiles, projectRoot } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { marketContracts } from "../../simulator/market/market-contracts.ts"
import { instrumentsOf } from "../../simulator/replay/recording-reader.ts"
import { parseSpeed } from "../front.ts"
import { ProcessShutdown } from "../process-shutdown.ts"
import { demoAnnouncement } from "./demo-announce.ts"
import { type DemoOptions, demoFlags } from "./demo-flags.ts"
import { demoFolder } from "./demo-folder.ts"
import { type DemoFronts, demoProfiles, demoUsers, refuseReplayOfTwo, startDemoFronts } from "./demo-fronts.ts"
import { demoReport, finalText, isAccountedFor, liveLine } from "./demo-report.ts"
import { demoConfig, demoDifferences } from "./demo-settings.ts"

const say = (line: string) => process.stderr.write(`${folded(`[tickd] ${line}`, errorScreenOf(process.stderr), 8)}\n`)

/** The wanted port, or any free one when it was not asked for and is taken: a demo must start on a busy machine too. */
const portOr = (asked: Option.Option<number>, usual: number, what: string) =>
  Option.isSome(asked)
    ? Effect.succeed(asked.value)
    : Effect.callback<number>((resume) => {
        const probe = createServer()
        probe.once("error", () => {
          say(`port ${usual} is taken, ${what} gets a free one`)
          resume(Effect.succeed(0))
        })
        probe.listen(usual, "127.0.0.1", () => probe.close(() => resume(Effect.succeed(usual))))
      })

const wantedInstruments = (options: DemoOptions) =>
  Option.isSome(options.replay)
    ? Effect.map(instrumentsOf(options.replay.value), ({ instruments }) => instruments).pipe(
        // Rows before the damage are replayed all the same, and the front reports the damage itself.
        Effect.mapError((error) => new UserError({ code: error.code, message: error.message, exitCode: 65 }))
      )
    : Effect.succeed(marketContracts(options.instruments).map(({ id }) => id))

/** Prints the live line each second: rewritten in place on a terminal, every five seconds otherwise. */
const showProgress = (daemon: Daemon) =>
  Effect.gen(function* () {
    const terminal = process.stderr.isTTY === true
    for (let second = 1; ; second++) {
      yield* Effect.sleep(1000)
      const line = liveLine(daemon.status())
      // A line that wraps cannot be rewritten: it is cut at the edge, the most important part first. 0 columns:
      // unknown.
      if (terminal) process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
      else if (second % 5 === 0) say(line)
    }
  })

/**
 * Until the recording was sent and all of it has left the line, or until a worker restart makes that impossible to
 * see.
 */
const replayed = (daemon: Daemon, finished: Effect.Effect<number, UserError>) =>
  Effect.gen(function* () {
    const sent = yield* finished
    let still = 0
    let before = -1
    while (true) {
      const [feed] = daemon.status().ledger
      const received = feed?.received ?? 0
      if (received >= sent && feed?.in_flight === 0) return
      // Ticks that were in a socket when a worker died never arrive: a line that stands still for long is done.
      still = received === before && feed?.in_flight === 0 ? still + 1 : 0
      if (still > 100) return
      before = received
      yield* Effect.sleep(50)
    }
  })

/**
 * Counts what the stream stored in this run: all that it has stored at its end less what it had before the first
 * tick.
 */
const countStored = (config: Config, broker: Broker) => {
  const ask = Effect.suspend(() =>
    storedMessages(connectionOf(config.nats, { url: broker.url(), name: "tickd demo account" }), config.tick.stream)
  )
  let before: number | undefined
  let after: number | undefined
  const look = (keep: (messages: number) => void) =>
    ask.pipe(
      Effect.map(keep),
      Effect.catch((error) =>
        Effect.sync(() => void say(`the stream could not be asked what it stored: ${errorText(error)}`))
      )
    )
  return {
    looks: { first: look((messages) => void (before = messages)), last: look((messages) => void (after = messages)) },
    stored: () => (before === undefined || after === undefined ? null : after - before)
  }
}

const makeBroker = (options: {
  env: Variables
  url: string | undefined
  stateDir: string
  port: number
  shapes: ReturnType<typeof shapesOf>
  onLine: (line: string) => void
}) =>
  options.url === undefined
    ? embeddedBroker({
        root: projectRoot,
        env: options.env,
        storeDir: join(options.stateDir, "nats"),
        port: options.port,
        shapes: options.shapes,
        say,
        onLine: options.onLine,
        onTrouble: say
      })
    : externalBroker(options.url)

/** Ctrl-C drains and reports like the end of the time does. */
const runDemo = Effect.fnUntraced(function* (
  options: DemoOptions
): Effect.fn.Return<void, unknown, Scope.Scope | Invocation | ProcessShutdown> {
  const { env, screen } = yield* Invocation
  const leave = yield* ProcessShutdown
  yield* parseSpeed(options.speed)
  yield* refuseReplayOfTwo(options)
  const replay = Option.isSome(options.replay)
  const instruments = yield* wantedInstruments(options)
  let spooled = 0
  const stateDir = yield* demoFolder(options.state, join(projectRoot, ".state"), {
    holdsTicks: () => spooled > 0,
    onKept: (folder) =>
      say(
        `${spooled} ticks are in the spool and not in the stream: 'npm run demo -- --state ${folder}' stores them first`
      )
  })
  const settings = yield* demoConfig(env, {
    stateDir,
    library: nativeFiles.simulated[options.family],
    feeds: options.feeds,
    replay
  })
  const natsPort = yield* portOr(options.natsPort, 4222, "nats-server")
  const httpPort = yield* portOr(options.httpPort, 9100, "telemetry")
  const output = yield* logToFile(join(stateDir, "tickd.log"))
  const write = (line: string) => output.write(line)
  const log = new DaemonLog({ level: settings.logLevel, write, account: maskAccount(demoUsers[0]) })
  const broker = makeBroker({
    env,
    url: settings.nats.url,
    stateDir,
    port: natsPort,
    shapes: shapesOf(settings.tick),
    onLine: (line) => log.write("INFO", line, { event: "nats_line" })
  })
  const source = Option.isSome(options.replay)
    ? `replay of ${options.replay.value}`
    : `${options.instruments} instruments at ${options.rate} ticks/s`
  say(`starting ${options.feeds === 1 ? "a simulated front" : "two simulated fronts"}: ${source}`)
  say(demoDifferences(replay))
  for (const sentence of [...unknownVariables(env), ...quotedVariables(env)]) say(sentence)
  const fronts = yield* startDemoFronts(options)
  const config: Config = {
    ...settings,
    nats: { ...settings.nats, port: natsPort },
    http: { ...settings.http, port: httpPort },
    subscriptionHttp: subscriptionHttp({ ...settings.http, port: httpPort }),
    ctp: { ...settings.ctp, profiles: demoProfiles(fronts) }
  }
  const counted = countStored(config, broker)
  const spans = yield* startTracing(config, log)
  const daemon: Daemon = yield* makeDaemon({
    drills: simulatedDrills(fronts.of, (feed) => daemon.askSession(feed, { type: "RETRY_ASKED" })),
    config,
    broker,
    waiting: makeWaiting(log, { waits: false }),
    contracts: [],
    instruments,
    workerBinary: nativeFiles.worker,
    workerEnv: withoutSecrets(env),
    write,
    logDropped: () => output.dropped,
    spans,
    streamLooks: counted.looks,
    onGivingUp: () => leave.begin(),
    onDrainAsked: () => leave.ask()
  })
  leave.guard({
    deadlineMs: config.shutdownDeadlineMs,
    stillStopping: daemon.stillStopping,
    log: (message, event, level = "ERROR") => log.write(level, message, { event })
  })
  const startedMs = monotonicMs()
  let stopAsked = false
  const stopped = Effect.tap(leave.asked, () => Effect.sync(() => void (stopAsked = true)))
  const ended = yield* runUntilDone(options, daemon, fronts, stopped, broker)
  const report = demoReport(daemon.status(), counted.stored(), monotonicMs() - startedMs)
  if (process.stderr.isTTY === true) process.stderr.write("\n")
  yield* Effect.sync(() => {
    const lines = finalText(report).split("\n")
    const text = lines.map((line) => folded(line, screen, 10)).join("\n")
    process.stdout.write(`${options.json ? JSON.stringify(report) : text}\n`)
  })
  spooled = report.spooled
  if (Exit.isFailure(ended)) return yield* Effect.failCause(ended.cause)
  if (report.received === 0 && !stopAsked) {
    return yield* new UserError({
      code: "NOTHING_RECEIVED",
      exitCode: exitCodes.checkFailed,
      message: "no tick arrived: run it for longer, or keep the log with --state FOLDER and see tickd.log there."
    })
  }
  if (!isAccountedFor(report)) {
    return yield* new UserError({
      code: "TICKS_UNACCOUNTED",
      exitCode: 1,
      message: "not every tick is accounted for: see the ledger above, and keep the log with --state FOLDER."
    })
  }
})

/**
 * Runs the daemon until its time is over, the recording is through or the process is stopped; then the tree has
 * stopped.
 */
const runUntilDone = (
  options: DemoOptions,
  daemon: Daemon,
  fronts: DemoFronts,
  interrupted: Effect.Effect<void>,
  broker: Broker
) =>
  Effect.gen(function* () {
    const { served, announce } = demoAnnouncement(daemon, broker, say)
    const timeUp = Option.isSome(options.forMs) ? Effect.sleep(options.forMs.value) : Effect.never
    const through = Option.isSome(options.replay) ? replayed(daemon, fronts.finished) : Effect.never
    const frontGone = Option.isSome(options.replay) ? Effect.never : Effect.asVoid(fronts.finished)
    return yield* Effect.raceAllFirst([
      daemon.run(served),
      announce,
      timeUp,
      through,
      frontGone,
      interrupted,
      Effect.andThen(showProgress(daemon), Effect.never)
    ]).pipe(Effect.exit)
  })

/** `tickd demo`: front, worker, daemon and nats-server in one command. */
export const command = Command.make("demo", demoFlags, (options) => Effect.scoped(runDemo(options))).pipe(
  Command.withDescription(
    "Run the whole line on this machine: a simulated front, the native worker, the daemon and nats-server. Exits 0 only " +
      "when the ledger balances and the stream holds every published tick."
  )
)

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Exit, Fiber, type Scope } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation } from "../../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../../cli/terminal/flags.ts"
import { folded, foldedText, paintOf } from "../../cli/terminal/layout.ts"
import { errorScreenOf } from "../../cli/terminal/screen.ts"
import { newYorkTradingDay } from "../../kernel/calendar/new-york.ts"
import { embeddedBroker } from "../../market/layers/publish/broker.ts"
import { logToFile } from "../../platform/log/log-descriptor.ts"
import { projectRoot } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { tradingStreams } from "../../protocol/trading/streams.ts"
import { readTradeConfig, type TradeConfig } from "../../trading/config/trade-config.ts"
import { differencesOf, ledgerOf } from "../../trading/domain/ledger/trade-ledger.ts"
import type { Order } from "../../trading/domain/order/order.ts"
import { makeTradeLog } from "../../trading/layers/log/trade-log.ts"
import { makeTradeDaemon } from "../../trading/layers/run/daemon.ts"
import { Arming } from "../../trading/ports/arming.ts"
import { OrderDesk } from "../../trading/ports/order-desk.ts"
import { OrderStore } from "../../trading/ports/order-store.ts"
import { Reconciler } from "../../trading/ports/reconciler.ts"
import { Safety } from "../../trading/ports/safety.ts"
import { ProcessShutdown } from "../process-shutdown.ts"
import { makeDemoFaults } from "./demo-faults.ts"
import { demoReport, demoText } from "./demo-report.ts"
import { demoSymbols, makeDemoScript } from "./demo-script.ts"
import { legsOf } from "./ledger-legs.ts"
import { simulatedKeys, withSimulatedVenue } from "./simulated-venue.ts"
import { makeTradeFolders } from "./trade-store.ts"
import { readVenueRecord } from "./venue-record.ts"

const flags = {
  seconds: wholeFlag("seconds", 5, 86_400).pipe(shownDefault("How long orders are sent", 60)),
  seed: Flag.Int("seed").pipe(shownDefault("Seed of orders, prices and faults", 1)),
  json: jsonFlag
}
type DemoFlags = Command.Command.Config.Infer<typeof flags>

const say = (line: string) => process.stderr.write(`${folded(`[tickd] ${line}`, errorScreenOf(process.stderr), 8)}\n`)
const by = "demo"
const reason = "the demo starts with an empty account"
const startMs = 45_000
const settleMs = 45_000

/** The faults are what the demo is about, so that they must not stop it; all other limits are the usual ones. */
const environment = (stateDir: string) => ({
  TICKD_STATE_DIR: stateDir,
  TICKD_INSTANCE: "demo",
  NATS_PORT: "0",
  TRADE_MODE: "live",
  TRADE_METRICS_PORT: "0",
  TRADE_HTTP_PORT: "0",
  TRADE_SYMBOLS: demoSymbols.join(","),
  TRADE_VENUE_ERRORS: "1000",
  TRADE_ORDERS_PER_MINUTE: "1000",
  TRADE_REPEATED_EXECUTIONS: "10000",
  // A POST that never arrived is known as lost after this time; the usual one is longer than the demo.
  RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS: "5"
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-trade-demo-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Until it holds; false after the time. */
const until = Effect.fnUntraced(function* <E>(holds: Effect.Effect<boolean, E>, limitMs: number) {
  const startedMs = yield* Clock.currentTimeMillis
  while ((yield* Clock.currentTimeMillis) - startedMs < limitMs) {
    if (yield* Effect.orElseSucceed(holds, () => false)) return true
    yield* Effect.sleep(100)
  }
  return false
})

const allOrders = Effect.gen(function* () {
  const store = yield* OrderStore
  const found: Array<Order> = []
  for (let before: string | undefined; ; ) {
    const page = yield* store.latestOrders(500, before)
    found.push(...page)
    if (page.length < 500) return found
    before = page.at(-1)?.clientOrderId
  }
})

type Daemon = Effect.Success<ReturnType<typeof makeTradeDaemon>>

/** Initialises, arms, sends orders for the time, stops them, and compares what is left. */
const trade = Effect.fnUntraced(function* (
  options: DemoFlags,
  daemon: Daemon,
  venueUrl: string,
  asked: Effect.Effect<void>
) {
  const [arming, store, safety] = [yield* Arming, yield* OrderStore, yield* Safety]
  const [entrance, reconciler] = [yield* OrderDesk, yield* Reconciler]
  yield* until(
    Effect.map(safety.initialise({ by, reason }), () => true),
    startMs
  )
  const { day } = newYorkTradingDay(yield* Clock.currentTimeMillis)
  yield* arming.arm({ by, reason, day })
  if (
    !(yield* until(
      Effect.sync(() => daemon.status().ready),
      startMs
    ))
  ) {
    return yield* new UserError({
      code: "DEMO_NOT_READY",
      exitCode: exitCodes.unavailable,
      message: `The daemon is not ready after ${startMs / 1000} s: ${daemon.status().reasons.join("; ")}.`
    })
  }
  const faults = makeDemoFaults(venueUrl, options.seed)
  yield* faults.begin
  const script = yield* makeDemoScript(options.seed, options.seconds * 1000)
  const isTerminal = process.stderr.isTTY === true
  const line = Effect.gen(function* () {
    for (let second = 1; ; second++) {
      yield* Effect.sleep(1000)
      const { orders, restarts, venue } = daemon.status()
      const { symbols } = yield* store.tally
      const working = Object.values(orders.states).reduce((sum, count) => sum + count, 0)
      const text =
        `${venue.listening ? "listening" : "reconnecting"}  orders ${script.counts.submitted}  working ${working}  ` +
        `refused by the gate ${script.counts.gateRefused}  symbols ${symbols.size}  faults ${yield* faults.acted}  ` +
        `kill switch ${script.isEngaged() ? "ENGAGED" : "active"}  restarts ${restarts}`
      if (isTerminal) process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
      else if (second % 10 === 0) say(text)
    }
  })
  const startedMs = yield* Clock.currentTimeMillis
  yield* Effect.raceAllFirst([
    script.run,
    faults.act,
    Effect.andThen(Effect.ignore(line), Effect.never),
    Effect.sleep(options.seconds * 1000),
    asked
  ])
  const seconds = Math.round(((yield* Clock.currentTimeMillis) - startedMs) / 1000)
  if (isTerminal) process.stderr.write("\n")
  say("no more orders: what works is cancelled, and the book is compared with the venue's own record")
  yield* faults.end
  // What the venue has decided and its stream did not bring is found by a comparison.
  const isIdle = Effect.gen(function* () {
    yield* entrance.cancelAll("all", by)
    yield* Effect.sleep(1000)
    yield* Effect.ignore(reconciler.run("operator"))
    return (yield* store.workingOrders).length === 0
  })
  yield* until(isIdle, settleMs)
  const ledger = ledgerOf(yield* store.tally)
  const book = (yield* allOrders).flatMap(legsOf)
  const venue = yield* readVenueRecord(venueUrl, simulatedKeys)
  const status = daemon.status()
  return demoReport({
    seconds,
    ledger,
    script: script.counts,
    venueOrders: venue.orders.length,
    differences: differencesOf(ledger, book, venue),
    faults: yield* faults.acted,
    reconciliations: status.reconciliations.runs + status.updates.reconciliations,
    restarts: status.restarts
  })
})

const runDemo = Effect.fnUntraced(function* (
  options: DemoFlags
): Effect.fn.Return<void, unknown, Scope.Scope | Invocation | ProcessShutdown> {
  const { env, screen } = yield* Invocation
  const leave = yield* ProcessShutdown
  const stateDir = yield* folder
  const settings: TradeConfig = yield* readTradeConfig(environment(stateDir), { simulatedVenue: true })
  const output = yield* logToFile(join(stateDir, "tickd.log"))
  const log = makeTradeLog({ level: settings.logLevel, account: null, write: (text) => output.write(text) })
  yield* makeTradeFolders(settings)
  const { body, config, port } = yield* withSimulatedVenue(settings, true, log, [
    "--always-open",
    "--seed",
    String(options.seed),
    "--symbols",
    demoSymbols.join(","),
    "--requests-per-minute",
    "100000"
  ])
  const broker = embeddedBroker({
    root: projectRoot,
    env,
    storeDir: join(config.bookDir, "nats"),
    port: 0,
    shapes: tradingStreams(1).map(({ shape }) => shape),
    say,
    onLine: (text) => log.write("INFO", text, { event: "nats_line" }),
    onTrouble: say
  })
  say(
    `trading ${demoSymbols.join(", ")} at a simulated venue with faults for ${options.seconds} s, seed ${options.seed}`
  )
  let stopping = false
  const daemon = yield* makeTradeDaemon({
    config,
    log,
    broker,
    simulatedVenue: body,
    logDropped: () => output.dropped,
    isStopping: () => stopping,
    onGivingUp: () => leave.begin(),
    onDrainAsked: () => leave.ask()
  })
  leave.guard({
    deadlineMs: config.shutdownDeadlineMs,
    stillStopping: daemon.stillStopping,
    log: (message, event, level = "ERROR") => log.write(level, message, { event })
  })
  const running = yield* Effect.forkScoped(daemon.run(Effect.void))
  const result = yield* Effect.exit(
    Effect.raceFirst(
      trade(options, daemon, `http://127.0.0.1:${port}`, leave.asked).pipe(Effect.provideContext(daemon.services)),
      Fiber.join(running)
    )
  )
  stopping = true
  yield* Fiber.interrupt(running)
  if (Exit.isFailure(result)) return yield* Effect.failCause(result.cause)
  const report = result.value
  yield* Effect.sync(() => {
    const text = options.json ? JSON.stringify(report) : foldedText(demoText(report, paintOf(screen)), screen)
    process.stdout.write(`${text}\n`)
  })
  if (!report.balanced) {
    return yield* new UserError({
      code: "LEDGER_DIFFERS",
      exitCode: exitCodes.checkFailed,
      message: "The trading ledger does not balance with the venue's own record: see the lines above."
    })
  }
})

/** `tickd trade demo`: the trading daemon, a simulated venue with faults, and nats-server in one command. */
export const demoCommand = Command.make("demo", flags, (options) => Effect.scoped(runDemo(options))).pipe(
  Command.withDescription(
    "Trade on this machine: the trading daemon with a simulated venue that has faults. Exits 0 only when the trading ledger balances with the venue's own record."
  )
)

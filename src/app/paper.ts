import { readFileSync } from "node:fs"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation, untilStopped } from "../cli/invocation.ts"
import { portFlag, shownDefault, wholeFlag } from "../cli/terminal/flags.ts"
import { errorText } from "../kernel/error-text.ts"
import { type InstantNs, instantText, parseInstant } from "../kernel/time/utc-instant.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { type PaperServer, startPaperServer } from "../simulator/paper/paper-server.ts"
import type { WebhookTarget } from "../simulator/paper/wire/webhook.ts"

const usualSymbols = "AAPL,MSFT,NVDA,AMZN,META,GOOGL,TSLA,AMD,SPY,QQQ"
/** Keys of a venue that has no money: they keep a client of another venue out. */
const keys = { keyId: "PKSIMULATED", secret: "simulated-secret" }

const flags = {
  host: Flag.String("host").pipe(shownDefault("Address to listen on", "127.0.0.1")),
  port: portFlag("port").pipe(shownDefault("Port, 0 = any free one", 41210)),
  seed: Flag.Int("seed").pipe(shownDefault("Seed of prices, ids and partial executions", 1)),
  symbols: Flag.String("symbols").pipe(shownDefault("Stocks of the market, with commas", usualSymbols)),
  speed: wholeFlag("speed", 1, 10_000).pipe(shownDefault("The venue's clock runs so many times as fast", 1)),
  start: Flag.String("start").pipe(
    Flag.withDescription("First instant of the venue's clock, RFC 3339 (default: now)"),
    Flag.optional
  ),
  alwaysOpen: Flag.Boolean("always-open").pipe(
    Flag.withDescription("Trade at all hours instead of the sessions of New York"),
    Flag.withDefault(false)
  ),
  requestsPerMinute: wholeFlag("requests-per-minute", 1, 1_000_000).pipe(
    shownDefault("Rate limit of the account, requests a minute", 200)
  ),
  webhook: Flag.String("webhook").pipe(
    Flag.withDescription("Post each event of an order to this URL; needs --webhook-secret-file"),
    Flag.optional
  ),
  webhookSecretFile: Flag.String("webhook-secret-file").pipe(
    Flag.withDescription("File with the secret that signs the webhook"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print events as JSON lines instead of sentences"),
    Flag.withDefault(false)
  ),
  untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
    Flag.withDescription("Stop when stdin ends: the venue of a demo must not outlive it"),
    Flag.withDefault(false)
  )
}

type PaperFlags = Command.Command.Config.Infer<typeof flags>

const wrongUse = (code: string, message: string) => new UserError({ code, message, exitCode: exitCodes.wrongUse })

const startOf = (text: Option.Option<string>): Effect.Effect<InstantNs | undefined, UserError> => {
  if (Option.isNone(text)) return Effect.succeed(undefined)
  const instant = parseInstant(text.value)
  return instant === undefined
    ? Effect.fail(wrongUse("PAPER_START_INVALID", `"${text.value}" is not a time: write 2026-11-30T10:00:00-05:00.`))
    : Effect.succeed(instant)
}

const symbolsOf = (text: string) => {
  const symbols = text.split(",").map((symbol) => symbol.trim())
  const wrong = symbols.find((symbol) => !/^[A-Z][A-Z.]{0,9}$/.test(symbol))
  return wrong === undefined
    ? Effect.succeed([...new Set(symbols)].map((symbol) => ({ symbol })))
    : Effect.fail(wrongUse("PAPER_SYMBOL_INVALID", `"${wrong}" is not a ticker: write capital letters, as AAPL.`))
}

const webhookOf = Effect.fnUntraced(function* (
  options: PaperFlags
): Effect.fn.Return<WebhookTarget | undefined, UserError> {
  const { webhook, webhookSecretFile: file } = options
  if (Option.isNone(webhook)) return undefined
  if (!URL.canParse(webhook.value) || Option.isNone(file))
    return yield* wrongUse("PAPER_WEBHOOK_INVALID", "--webhook needs a URL and --webhook-secret-file.")
  const secret = yield* Effect.try({
    try: () => readFileSync(file.value, "utf8").trim(),
    catch: (cause) => wrongUse("PAPER_SECRET_UNREADABLE", `${file.value} cannot be read: ${errorText(cause)}.`)
  })
  return { url: webhook.value, secret }
})

const serverOf = Effect.fnUntraced(function* (options: PaperFlags) {
  const { host, port } = options
  const settings = {
    host,
    port,
    keys,
    seed: options.seed,
    speed: options.speed,
    symbols: yield* symbolsOf(options.symbols),
    start: yield* startOf(options.start),
    hours: options.alwaysOpen ? ("always" as const) : ("new-york" as const),
    ratePerMinute: options.requestsPerMinute,
    webhook: yield* webhookOf(options)
  }
  const start = Effect.tryPromise({
    try: () => startPaperServer(settings),
    catch: (cause) =>
      new UserError({
        code: "PAPER_PORT_UNUSABLE",
        exitCode: exitCodes.unavailable,
        message: `The venue cannot listen on ${host}:${port}: ${errorText(cause)}. Give it another port, or 0 for any free one.`
      })
  })
  return yield* Effect.acquireRelease(start, (server) => Effect.promise(server.close))
})

/** What a client of the venue is configured with: Alpaca's own names. */
const variablesOf = (url: string) => ({
  APCA_API_KEY_ID: keys.keyId,
  APCA_API_SECRET_KEY: keys.secret,
  APCA_API_BASE_URL: url,
  APCA_API_DATA_URL: url,
  APCA_API_STREAM_URL: `${url.replace("http", "ws")}/stream`
})

const countsOf = ({ faults, stream, venue: { state } }: PaperServer) => ({
  time: instantText(state.clock),
  phase: state.hours.phase(state.clock),
  orders: state.orders.count(),
  open: state.orders.allOpen().length,
  executions: state.ledger.executions().length,
  streams: stream.readers(),
  faults: Object.values(faults.acted()).reduce((sum, count) => sum + count, 0)
})

const sentence = (server: PaperServer) => {
  const { executions, faults, open, orders, phase, streams, time } = countsOf(server)
  return `${time.slice(0, 19)}Z ${phase}: ${orders} orders, ${open} open, ${executions} executions, ${streams} streams, ${faults} faults`
}

const introduce = (server: PaperServer, options: PaperFlags): string => {
  const variables = variablesOf(server.url)
  if (options.json) return JSON.stringify({ event: "listening", port: server.port, url: server.url, variables })
  return [
    `venue listens on ${server.url}: trading and data REST, /v2/events/trades, WebSockets /stream and /v2/iex`,
    `faults: GET and POST ${server.url}/sim/faults`,
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  ].join("\n")
}

const print = (text: string) => Effect.sync(() => process.stdout.write(text))

const stdinEnd = Effect.callback<void>((resume) => {
  process.stdin.on("end", () => resume(Effect.void)).resume()
  return Effect.sync(() => process.stdin.pause())
})

const runPaper = (options: PaperFlags) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { screen } = yield* Invocation
      const server = yield* serverOf(options)
      yield* print(`${introduce(server, options)}\n`)
      yield* Effect.addFinalizer(() =>
        print(
          options.json
            ? `${JSON.stringify({ event: "finished", counts: countsOf(server) })}\n`
            : `${screen.isTerminal ? "\r\u001b[K" : ""}${sentence(server)}\n`
        )
      )
      const line = Effect.forever(Effect.andThen(print(`\r\u001b[K${sentence(server)}`), Effect.sleep(1000)))
      const serve = screen.isTerminal && !options.json ? line : Effect.never
      yield* options.untilStdinEnds ? Effect.raceFirst(serve, stdinEnd) : serve
    })
  )

/** `tickd paper`: the simulated trading venue. */
export const command = Command.make("paper", flags, (options) => untilStopped(runPaper(options))).pipe(
  Command.withDescription(
    "Run a simulated trading venue that speaks Alpaca's API. It needs no network and no keys of a broker. Faults are commands of POST /sim/faults; GET lists them."
  )
)

// A price of an instrument whose ticks are missing is no price. What is not known about gaps must close, not open.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Context, Effect, Layer, type Scope } from "effect"
import { type GapMessage, gapSubject } from "../../../src/protocol/market/gap-message.ts"
import { integrityOptions, streamShape } from "../../../src/protocol/market/streams.ts"
import { layer, notRead } from "../../../src/trading/adapters/market-gaps/market-gaps.ts"
import { gapTaint } from "../../../src/trading/application/quotes/gap-taint.ts"
import { judge } from "../../../src/trading/domain/risk/judge.ts"
import { MarketGaps } from "../../../src/trading/ports/market-gaps.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { connection, startServer, temporaryFolder } from "../../support/nats-server.ts"
import { openView, proposal } from "../../support/trading/gate-view.ts"
import { until } from "../../support/until.ts"

const gap = (more: Partial<GapMessage> = {}): GapMessage => ({
  version: 1,
  id: "primary-session_down-1000",
  feed: "primary",
  instrument: null,
  cause: "session_down",
  state: "open",
  from: 1000,
  to: null,
  count: null,
  seqs: null,
  ...more
})

/** A quote of every symbol, good but for the taint. */
const everyQuote = Layer.succeed(
  Quotes,
  Quotes.of({
    quote: () => openView().quotes.get("AAPL"),
    averageDailyVolume: () => undefined,
    want: () => Effect.void,
    release: () => Effect.void
  })
)

const market = Effect.gen(function* () {
  const [storeDir, folder] = [yield* temporaryFolder, yield* temporaryFolder]
  let server = yield* startServer({ storeDir })
  const { port, url } = server
  const nc = yield* connection(url)
  const manager = yield* Effect.promise(() => jetstreamManager(nc))
  const create = Effect.promise(() => manager.streams.add(streamShape(integrityOptions)))
  const envFile = join(folder, "reader.env")
  writeFileSync(envFile, `NATS_URL=${url}\n`)
  const reports: Array<string | undefined> = []
  const start = Effect.gen(function* () {
    const records = layer({
      source: { environment: { envFile } },
      confirmEveryMs: 50,
      boundMs: 1000,
      report: (problem) => void reports.push(problem)
    })
    const built = yield* Layer.build(gapTaint.pipe(Layer.provideMerge(records), Layer.provide(everyQuote)))
    const quotes = Context.get(built, Quotes)
    return {
      problem: Context.get(built, MarketGaps).problem,
      taint: (symbol: string) => quotes.quote(symbol)?.taint
    }
  })
  return {
    start,
    create,
    reports,
    put: (message: GapMessage) =>
      Effect.promise(() => jetstream(nc).publish(gapSubject("primary"), JSON.stringify(message))),
    remove: Effect.promise(() => manager.streams.delete("MD_INTEGRITY")),
    stop: Effect.suspend(() => server.kill),
    again: Effect.map(startServer({ storeDir, port }), (next) => {
      server = next
    })
  }
})

const test = (
  title: string,
  body: (world: Effect.Success<typeof market>) => Effect.Effect<void, unknown, Scope.Scope>
) => it.live(title, () => Effect.scoped(Effect.flatMap(market, body)), 30_000)

describe("open gap records of the market", () => {
  it.live("are not known while no market is named: contracts are tainted, US tickers are not", () =>
    Effect.gen(function* () {
      const { problem } = yield* MarketGaps
      assert.match(problem("rb2410") ?? "", /are not read: set TRADE_MARKET_ENV_FILE/)
      for (const ticker of ["AAPL", "BRK.B"]) assert.isUndefined(problem(ticker))
    }).pipe(Effect.provide(notRead))
  )

  test("taint the price of a contract from the record on, until it is closed", ({ create, put, start }) =>
    Effect.gen(function* () {
      yield* create
      yield* put(gap({ id: "old", instrument: "rb2410" }))
      const { problem, taint } = yield* start
      assert.match(taint("rb2410") ?? "", /not known: they are not read yet/)
      yield* until("the records", () => problem("cu2501") === undefined)
      assert.match(
        taint("RB2410") ?? "",
        /^an open gap record of feed primary since 1970-01-01T00:00:01.*Z: session_down$/
      )
      assert.strictEqual(taint("AAPL"), "")
      const view = openView()
      const quote = { ...view.quotes.get("AAPL"), taint: taint("rb2410") }
      const tainted = { ...view, quotes: new Map([["AAPL", quote]]) } as typeof view
      assert.deepStrictEqual(
        judge(tainted, proposal()).findings.map(({ code, outcome }) => [code, outcome]),
        [["PRICE_TAINTED", "refuse"]]
      )
      yield* put(gap({ id: "old", instrument: "rb2410", state: "closed", to: 2000 }))
      yield* until("the end of the gap", () => taint("rb2410") === "")
      yield* put(gap({ from: 3000 }))
      yield* until("the gap of the whole feed", () => taint("cu2501") !== "")
      yield* put(gap({ from: 3000, covered_by: "backup" }))
      yield* until("another feed that covers it", () => taint("cu2501") === "")
    }))

  test("are unknown without a server, and read again when it is back", ({ again, create, put, reports, start, stop }) =>
    Effect.gen(function* () {
      yield* create
      yield* put(gap({ instrument: "rb2410" }))
      const { problem, taint } = yield* start
      yield* until("the records", () => problem("cu2501") === undefined)
      yield* stop
      yield* until("the unknown", () => problem("cu2501") !== undefined)
      assert.match(taint("cu2501") ?? "", /^the gap records of the market are not known: /)
      assert.strictEqual(taint("AAPL"), "")
      yield* again
      yield* until("the records again", () => problem("cu2501") === undefined)
      assert.match(problem("rb2410") ?? "", /open gap record/)
      assert.deepStrictEqual(
        reports.map((problem) => problem === undefined),
        [true, false, true]
      )
    }))

  test("are unknown without the stream, and of a new stream only what is in it counts", ({
    create,
    put,
    remove,
    start
  }) =>
    Effect.gen(function* () {
      const { problem } = yield* start
      yield* Effect.sleep(200)
      assert.match(problem("cu2501") ?? "", /not known: reading the state of MD_INTEGRITY failed/)
      yield* create
      yield* until("an empty stream", () => problem("cu2501") === undefined)
      yield* put(gap())
      yield* until("the gap", () => problem("cu2501") !== undefined)
      yield* remove
      yield* create
      yield* until("the new stream", () => problem("cu2501") === undefined)
    }))
})

// Quotes from the simulated venue's market data over real sockets: the gate judges on what comes out here.
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, assert, beforeAll, it } from "vitest"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { AlpacaCounts } from "../../../src/trading/adapters/alpaca/counts.ts"
import { layer as alpacaQuotes } from "../../../src/trading/adapters/alpaca/quotes/quotes.ts"
import { defaultLinkTimes, defaultQuoteTimes } from "../../../src/trading/adapters/alpaca/settings.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { settingsOf, wire } from "../../support/trading/alpaca-client.ts"
import { haltedAndSeen, paperKeys, paperWorld, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"

type Server = Awaited<ReturnType<typeof startTestVenue>>
let server: Server
const counts = new AlpacaCounts()
const runtimeOf = (venue: Server) =>
  ManagedRuntime.make(
    alpacaQuotes(
      settingsOf(venue.url, paperKeys, {
        link: { ...defaultLinkTimes, pauseMinMs: 50, pauseMaxMs: 200 },
        quotes: { ...defaultQuoteTimes, sweepMs: 100 }
      }),
      { counts, exchangeNow: () => venue.clock.now() }
    ).pipe(Layer.provide(wire))
  )
let runtime: ReturnType<typeof runtimeOf>
let quotes: Quotes["Service"]

beforeAll(async () => {
  server = await startTestVenue()
  runtime = runtimeOf(server)
  quotes = await runtime.runPromise(Effect.service(Quotes))
})
afterAll(async () => {
  await runtime.dispose()
  await server.close()
})

const bid = (symbol: string) => {
  const found = quotes.quote(symbol)
  return found === undefined ? "" : decimalText(found.bid)
}

it("brings the quote of a wanted symbol, its halts and its volume", async () => {
  const world = paperWorld(server)
  world.pin("AAPL", "189.99", "190.01")
  await Effect.runPromise(quotes.want("AAPL", "test"))
  await waitUntil("the quote", () => bid("AAPL") === "189.99")
  assert.strictEqual(quotes.quote("AAPL")?.taint, "")
  await waitUntil("the volume", () => quotes.averageDailyVolume("AAPL") !== undefined)
  const isHalted = () => quotes.quote("AAPL")?.taint.startsWith("halted") === true
  await waitUntil("the halt", haltedAndSeen(world.fault, "AAPL", isHalted))
  world.fault("halt", { symbol: "AAPL", on: false })
  await waitUntil("the resumption", () => quotes.quote("AAPL")?.taint === "")
  world.pin("AAPL", "191.5", "191.52")
  await waitUntil("the new quote", () => bid("AAPL") === "191.5")
})

it("connects again after a cut, and gives a symbol up with its last source", async () => {
  const world = paperWorld(server)
  const losses = counts.losses.data
  world.fault("stream-cut")
  await waitUntil("the loss", () => counts.losses.data > losses)
  world.pin("AAPL", "192.5", "192.52")
  await waitUntil("quotes again", () => bid("AAPL") === "192.5")
  await Effect.runPromise(quotes.release("AAPL", "test"))
  assert.isUndefined(quotes.quote("AAPL"))
})

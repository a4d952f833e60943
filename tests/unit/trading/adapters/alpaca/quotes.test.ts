// The gate judges on these quotes: a wrong one lets a bad order through, a missing halt too.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpClient, make } from "effect/http/HttpClient"
import { fromWeb } from "effect/http/HttpClientResponse"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../../src/kernel/decimal.ts"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { instantOfMs, instantText } from "../../../../../src/kernel/time/utc-instant.ts"
import { AlpacaCounts, type QuoteFault } from "../../../../../src/trading/adapters/alpaca/counts.ts"
import { OpenSocket } from "../../../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { judgeQuote } from "../../../../../src/trading/adapters/alpaca/quotes/judge-quote.ts"
import { layer as quotesLayer } from "../../../../../src/trading/adapters/alpaca/quotes/quotes.ts"
import { meanVolume } from "../../../../../src/trading/adapters/alpaca/rest/daily-volume.ts"
import { alpacaSettings, alpacaUrls, defaultQuoteTimes } from "../../../../../src/trading/adapters/alpaca/settings.ts"
import { readDataFrame } from "../../../../../src/trading/adapters/alpaca/wire/data-frame.ts"
import { Quotes } from "../../../../../src/trading/ports/quotes.ts"
import { decimal } from "../../../../support/trading/gate-view.ts"
import { type Played, scriptedSockets } from "../../../../support/trading/scripted-socket.ts"

/** A Monday, 10:00 in New York. */
const openMs = Date.parse("2026-11-30T15:00:00Z")
const quoteAt = (ms: number, bid: unknown = 189.99, ask: unknown = 190.01, symbol = "AAPL") => ({
  T: "q",
  S: symbol,
  bp: bid,
  ap: ask,
  t: instantText(instantOfMs(ms))
})

describe("a quote", () => {
  const judged = (fields: object) => {
    const [message] = readDataFrame(JSON.stringify([fields]))
    if (message?.type !== "quote") return message?.type
    const verdict = judgeQuote(message.quote, undefined, instantOfMs(openMs), defaultQuoteTimes)
    return typeof verdict === "string" ? verdict : `${decimalText(verdict.bid)}/${decimalText(verdict.ask)}`
  }

  it.each<readonly [object, QuoteFault | string]>([
    [quoteAt(openMs), "189.99/190.01"],
    [quoteAt(openMs, "189.99", 0.0001), "crossed"],
    [quoteAt(openMs, 0.1, 0.3), "0.1/0.3"],
    [quoteAt(openMs, 190, 190), "190/190"],
    [quoteAt(openMs, 190.02, 190.01), "crossed"],
    [quoteAt(openMs, 0, 190.01), "oneSided"],
    [quoteAt(openMs, 189.99, 0), "oneSided"],
    [quoteAt(openMs, -1, 190.01), "unreadable"],
    [quoteAt(openMs, 1e308, 1e308), "unreadable"],
    [quoteAt(openMs, null, 190.01), "unreadable"],
    [quoteAt(openMs, Number.NaN, 190.01), "unreadable"],
    [{ ...quoteAt(openMs), t: "now" }, "unreadable"],
    [quoteAt(openMs + 1_001), "future"],
    [quoteAt(openMs + 999), "189.99/190.01"],
    [quoteAt(openMs - 5_001), "stale"]
  ])("%j is %s", (fields, expected) => assert.strictEqual(judged(fields), expected))

  it("that is older than the one before does not replace it", () => {
    const [message] = readDataFrame(JSON.stringify([quoteAt(openMs - 1)]))
    const before = { bid: decimal("1"), ask: decimal("2"), at: instantOfMs(openMs), taint: "" }
    if (message?.type !== "quote") return assert.fail("no quote")
    assert.strictEqual(judgeQuote(message.quote, before, instantOfMs(openMs), defaultQuoteTimes), "late")
  })
})

describe("the average daily volume", () => {
  const bars = Array.from({ length: 25 }, (_, n) => ({
    day: `2026-11-${String(n + 1).padStart(2, "0")}`,
    shares: decimal(String(1_000 + n))
  }))
  const shown = (running: string, from = 0) => {
    const mean = meanVolume(bars.slice(from), running)
    return mean === undefined ? undefined : decimalText(mean)
  }
  it("is of the last 20 full days: the running day does not count, and fewer are not enough", () => {
    assert.strictEqual(shown("2026-11-26"), "1014.5")
    assert.strictEqual(shown("2026-11-25"), "1013.5")
    assert.isUndefined(shown("2026-11-25", 5))
  })
})

/** The service in virtual time. The venue answers the handshake; `latest` is what REST says. */
const start = Effect.fnUntraced(function* (times: Partial<typeof defaultQuoteTimes> = {}) {
  yield* TestClock.setTime(openMs)
  const subscribed = new Set<string>()
  const sockets = scriptedSockets((played, message) => {
    if (message["action"] === "auth") played.received('[{"T":"success","msg":"authenticated"}]')
    const quotes = message["quotes"] as ReadonlyArray<string> | undefined
    if (quotes === undefined) return
    for (const symbol of quotes) {
      if (message["action"] === "subscribe") subscribed.add(symbol)
      else subscribed.delete(symbol)
    }
    played.received(JSON.stringify([{ T: "subscription", quotes: [...subscribed] }]))
  })
  const counts = new AlpacaCounts()
  const keys = { id: new Secret("key"), secret: new Secret("secret") }
  const rest = { latest: {} as Record<string, unknown>, asked: [] as Array<string>, volume: 1_000 }
  const http = make((request, url) => {
    rest.asked.push(url.pathname)
    const symbol = url.searchParams.get("symbols") ?? ""
    const bars = Array.from({ length: 25 }, (_, n) => ({
      t: `2026-10-${String(n + 1).padStart(2, "0")}T04:00:00Z`,
      v: rest.volume
    }))
    const body = url.pathname.endsWith("/bars")
      ? { bars: { [symbol]: bars }, next_page_token: null }
      : { quotes: rest.latest }
    return Effect.succeed(fromWeb(request, new Response(JSON.stringify(body))))
  })
  const context = yield* Layer.build(
    quotesLayer(
      { ...alpacaSettings(alpacaUrls.paper, keys), quotes: { ...defaultQuoteTimes, ...times } },
      { counts }
    ).pipe(Layer.provide(Layer.merge(Layer.succeed(HttpClient, http), Layer.succeed(OpenSocket, sockets.open))))
  )
  const quotes = yield* Effect.provide(Quotes, context)
  return { ...sockets, quotes, counts, rest, subscribed }
})

const greet = (played: Played) => {
  played.opened()
  played.received('[{"T":"success","msg":"connected"}]')
}
/** A second of quotes. */
const tick = Effect.fnUntraced(function* (played: Played, nowMs: number) {
  played.received(JSON.stringify([quoteAt(nowMs)]))
  yield* TestClock.adjust("1 second")
})

describe("the quotes", () => {
  it.effect("connect when a symbol is wanted, and keep it until no source is left", () =>
    Effect.gen(function* () {
      const { all, last, quotes, subscribed } = yield* start()
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(all, 0)
      yield* quotes.want("AAPL", "strategy")
      yield* quotes.want("AAPL", "position")
      yield* quotes.want("AAPL", "position")
      yield* TestClock.adjust("1 second")
      greet(last())
      assert.strictEqual(last().url, "wss://stream.data.alpaca.markets/v2/iex")
      assert.deepStrictEqual([...subscribed], ["AAPL"])
      yield* quotes.release("AAPL", "strategy")
      assert.isTrue(subscribed.has("AAPL"))
      yield* quotes.release("AAPL", "position")
      assert.isFalse(subscribed.has("AAPL"))
      assert.isUndefined(quotes.quote("AAPL"))
    })
  )

  it.effect("count what they do not take, and keep the good one", () =>
    Effect.gen(function* () {
      const { counts, last, quotes } = yield* start()
      yield* quotes.want("AAPL", "test")
      yield* TestClock.adjust("1 second")
      greet(last())
      last().received(
        JSON.stringify([
          quoteAt(openMs),
          quoteAt(openMs + 1, 5, 4),
          quoteAt(openMs + 2, 0, 4),
          quoteAt(openMs, 1, 2, "IBM")
        ])
      )
      assert.strictEqual(decimalText(quotes.quote("AAPL")?.bid ?? decimal("0")), "189.99")
      assert.deepInclude(counts.quotes, { taken: 1, crossed: 1, oneSided: 1 })
      assert.isUndefined(quotes.quote("IBM"))
    })
  )

  it.effect("are tainted by a halt until trading resumes, also when the resumption was missed", () =>
    Effect.gen(function* () {
      const { last, quotes } = yield* start()
      yield* quotes.want("AAPL", "test")
      yield* TestClock.adjust("1 second")
      greet(last())
      const taint = () => quotes.quote("AAPL")?.taint
      last().received(JSON.stringify([quoteAt(openMs), { T: "s", S: "AAPL", sc: "H", rm: "News pending", t: "x" }]))
      assert.strictEqual(taint(), "halted: News pending")
      last().received(JSON.stringify([quoteAt(openMs + 500)]))
      assert.strictEqual(taint(), "halted: News pending")
      last().received('[{"T":"s","S":"AAPL","sc":"T"}]')
      assert.strictEqual(taint(), "")
      last().received('[{"T":"s","S":"AAPL","sc":"2"}]')
      last().lost("cut")
      yield* TestClock.adjust("2 seconds")
      greet(last())
      assert.deepInclude(last().sent, { action: "subscribe", trades: ["AAPL"] })
      last().received(JSON.stringify([{ T: "t", S: "AAPL", t: instantText(instantOfMs(openMs - 60_000)) }]))
      assert.strictEqual(taint(), "halted")
      last().received(JSON.stringify([{ T: "t", S: "AAPL", t: instantText(instantOfMs(openMs + 3_000)) }]))
      assert.strictEqual(taint(), "")
    })
  )

  // Scenario 3 of the public reports: open for hours, and mute.
  it.effect("give up a socket that is mute while REST has newer quotes", () =>
    Effect.gen(function* () {
      const { all, counts, last, quotes, rest } = yield* start()
      yield* quotes.want("AAPL", "test")
      yield* TestClock.adjust("1 second")
      greet(last())
      for (let second = 1; second < 60; second++) yield* tick(last(), openMs + second * 1_000)
      assert.deepStrictEqual([all.length, counts.muteSockets], [1, 0])
      for (let second = 60; second < 100 && counts.muteSockets === 0; second++) {
        rest.latest = { AAPL: quoteAt(openMs + second * 1_000, 200, 201) }
        yield* TestClock.adjust("1 second")
      }
      assert.strictEqual(counts.muteSockets, 1)
      assert.strictEqual(decimalText(quotes.quote("AAPL")?.bid ?? decimal("0")), "200")
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(all[0]?.isClosed)
      assert.isAbove(all.length, 1)
    })
  )

  it.effect("ask for the volume of a symbol at once: its first order waits for it, and not for the next sweep", () =>
    Effect.gen(function* () {
      const { quotes, rest } = yield* start({ sweepMs: 600_000 })
      yield* TestClock.adjust("1 second")
      for (const symbol of ["AAPL", "MSFT"]) {
        assert.isUndefined(quotes.averageDailyVolume(symbol))
        yield* quotes.want(symbol, "test")
        yield* TestClock.adjust("10 millis")
        assert.strictEqual(decimalText(quotes.averageDailyVolume(symbol) ?? decimal("0")), "1000")
      }
      assert.lengthOf(rest.asked, 2)
    })
  )

  it.effect("ask for the volume once a trading day", () =>
    Effect.gen(function* () {
      const { quotes, rest } = yield* start({ sweepMs: 600_000 })
      yield* quotes.want("AAPL", "test")
      yield* TestClock.adjust("2 hours")
      const asked = () => rest.asked.filter((path) => path.endsWith("/bars")).length
      assert.strictEqual(asked(), 1)
      assert.strictEqual(decimalText(quotes.averageDailyVolume("AAPL") ?? decimal("0")), "1000")
      rest.volume = 3_000
      yield* TestClock.adjust("1 day")
      assert.strictEqual(asked(), 2)
      assert.strictEqual(decimalText(quotes.averageDailyVolume("AAPL") ?? decimal("0")), "3000")
    })
  )

  it.effect("of a feed that the plan does not have are not asked for again", () =>
    Effect.gen(function* () {
      const { all, last, quotes } = yield* start()
      yield* quotes.want("AAPL", "test")
      yield* TestClock.adjust("1 second")
      last().opened()
      last().received('[{"T":"error","code":409,"msg":"insufficient subscription"}]')
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(all, 1)
    })
  )
})

// Prices of the venue and prices of its data host are one market: the official client reads both.
import { TimeFrame } from "@alpacahq/alpaca-trade-api"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { paperKeys, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"
import { officialClient } from "./official-client.ts"

let server: Awaited<ReturnType<typeof startTestVenue>>
let official: ReturnType<typeof officialClient>

beforeAll(async () => {
  // One second before a minute ends: a bar is due at once.
  server = await startTestVenue({ start: 1_796_052_599_000_000_000n, stepNs: 100_000_007n })
  official = officialClient(server.url, paperKeys)
})
afterAll(() => server.close())

describe("market data over REST", () => {
  it("pages bars over all symbols, each bar once and in its sequence", async () => {
    const { bars, stockBars } = {
      bars: official.alpaca.marketData,
      stockBars: (limit: number) =>
        official.alpaca.marketData.collectStockBarsBySymbol({
          symbols: ["MSFT", "AAPL"],
          timeframe: TimeFrame.Minute,
          start: new Date("2026-11-27T14:30:00Z"),
          end: new Date("2026-11-27T18:00:00Z"),
          limit
        })
    }
    const [small, whole] = [await stockBars(100), await stockBars(10_000)]
    assert.deepStrictEqual(small, whole)
    // 27 November 2026 is the day after Thanksgiving: the session ends at 13:00. The end is included.
    assert.strictEqual(whole["AAPL"]?.length, 211)
    const [bar] = await bars.getStockBarsFor("AAPL", {
      timeframe: TimeFrame.Day,
      start: new Date("2026-11-23T00:00:00Z"),
      end: new Date("2026-11-30T00:00:00Z")
    })
    assert.strictEqual(bar?.timestamp.toISOString(), "2026-11-23T05:00:00.000Z")
    assert.isAtLeast(bar?.high ?? 0, bar?.low ?? 0)
  })

  it("answers quotes, trades and snapshots of one market", async () => {
    server.fault({ fault: "pin", symbol: "IBM", bid: "99.98", ask: "100.02" })
    const { marketData } = official.alpaca
    const price = await marketData.getLatestPrice("IBM")
    assert.include([99.98, 100.02], price)
    const { quotes } = await marketData.stocks.stockLatestQuotes({ symbols: "IBM" })
    assert.deepStrictEqual([quotes["IBM"]?.bp, quotes["IBM"]?.ap], [99.98, 100.02])
    const snapshots: Record<string, object> = await marketData.stocks.stockSnapshots({ symbols: "IBM" })
    assert.includeMembers(Object.keys(snapshots["IBM"] ?? {}), [
      "latestTrade",
      "latestQuote",
      "dailyBar",
      "prevDailyBar"
    ])
  })

  it("refuses recent prices of the whole market without a plan", async () => {
    const asked = official.alpaca.marketData.stocks.stockBars({ symbols: "IBM", timeframe: "1Min", feed: "sip" })
    const error = await asked.then(
      () => undefined,
      (failure: Error) => failure
    )
    assert.match(error?.message ?? "", /does not permit querying recent SIP data/)
  })
})

describe("market data over a WebSocket", () => {
  it("streams quotes, trades, bars and halts as MessagePack to the official client", async () => {
    const stream = official.alpaca.marketData.stockStream({
      feed: "iex",
      url: server.url.replace("http", "ws") + "/v2/iex"
    })
    const seen = new Set<string>()
    let quote = ""
    stream.onQuote(({ symbol, timestampRaw }) => {
      seen.add(`quote ${symbol}`)
      quote = timestampRaw ?? ""
    })
    stream.onTrade(({ symbol }) => void seen.add(`trade ${symbol}`))
    stream.onBar(({ symbol }) => void seen.add(`bar ${symbol}`))
    stream.onStatus(({ symbol }) => void seen.add(`status ${symbol}`))
    stream.onConnect(() => {
      stream.subscribeForQuotes(["AAPL"])
      stream.subscribeForTrades(["AAPL"])
      stream.subscribeForBars(["MSFT"])
      stream.subscribeForStatuses(["*"])
    })
    stream.connect()
    await waitUntil("a bar", () => seen.has("bar MSFT"))
    server.fault({ fault: "halt", symbol: "AMD" })
    await waitUntil("the halt", () => seen.has("status AMD"))
    assert.includeMembers([...seen], ["quote AAPL", "trade AAPL"])
    assert.match(quote, /^2026-11-30T15:\d\d:\d\d\.\d{9}Z$/)
    assert.notMatch(quote, /000Z$/)
    assert.notInclude([...seen].join(), "bar AAPL")

    const second = official.alpaca.marketData.stockStream({
      feed: "iex",
      url: server.url.replace("http", "ws") + "/v2/iex",
      reconnect: false
    })
    const errors: Array<string> = []
    second.onError((message) => errors.push(String(message)))
    second.connect()
    await waitUntil("the refusal of a second connection", () =>
      errors.some((text) => text.includes("connection limit"))
    )
    second.disconnect()
    stream.disconnect()
  })

  it("answers as documented to text frames", async () => {
    const socket = new WebSocket(server.url.replace("http", "ws") + "/v2/test")
    const frames: Array<Record<string, unknown>> = []
    socket.addEventListener("message", ({ data }) => frames.push(...JSON.parse(String(data))))
    const code = () => frames.at(-1)?.["code"] ?? frames.at(-1)?.["msg"] ?? frames.at(-1)?.["T"]
    const says = async (frame: string, expected: unknown) => {
      const before = frames.length
      socket.send(frame)
      await waitUntil(`an answer to ${frame}`, () => frames.length > before)
      assert.strictEqual(code(), expected, frame)
    }
    await waitUntil("connected", () => frames.length === 1)
    await says("{", 400)
    await says('{"action":"subscribe","quotes":["FAKEPACA"]}', 401)
    await says(JSON.stringify({ action: "auth", key: paperKeys.keyId, secret: paperKeys.secret }), "authenticated")
    await says(JSON.stringify({ action: "auth", key: paperKeys.keyId, secret: paperKeys.secret }), 403)
    await says('{"action":"subscribe","quotes":["AAPL"]}', 410)
    await says('{"action":"subscribe","statuses":["FAKEPACA"]}', "subscription")
    assert.deepStrictEqual(frames.at(-1)?.["statuses"], ["FAKEPACA"])
    socket.send('{"action":"subscribe","quotes":["FAKEPACA"]}')
    await waitUntil("a quote", () => frames.some(({ T }) => T === "q"))
    socket.close()
  })
})

// The adapter against the simulated venue over real HTTP and WebSocket: the shared cases, which the official client
// runs too, and what only a connection can do wrong.
import { BigDecimal } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { defaultLinkTimes } from "../../../src/trading/adapters/alpaca/settings.ts"
import { alpacaClient, settingsOf } from "../../support/trading/alpaca-client.ts"
import { openMonday, paperKeys, paperWorld, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"
import { venueCases } from "../../support/trading/venue-cases.ts"

type Server = Awaited<ReturnType<typeof startTestVenue>>
type Client = ReturnType<typeof alpacaClient>
const link = { ...defaultLinkTimes, pauseMinMs: 50, crowdedPauseMs: 100, pauseMaxMs: 200, silenceMs: 200 }
const settings = (server: Server, keys = paperKeys) =>
  settingsOf(server.url, keys, { link, requestMs: 3_000, updatesFrom: "websocket" })

let server: Server
let own: Client
beforeAll(async () => {
  server = await startTestVenue()
  own = alpacaClient(settings(server))
  await own.client.listening()
})
afterAll(async () => {
  await own.close()
  await server.close()
})

describe("the shared cases", () => {
  // The port has no orders for an amount of money: that part is the official client's alone.
  const cases = venueCases.filter(({ name }) => name !== "an amount of money is bought exactly")
  it("are all run but one", () => assert.strictEqual(cases.length, venueCases.length - 1))
  it.each(cases)("$name", ({ run }) => run(own.client, paperWorld(server)))
})

describe("the account", () => {
  it("shows its money, and a block with its name", async () => {
    const before = await own.use((venue) => venue.account)
    assert.deepStrictEqual(before.blocks, [])
    assert.isTrue(BigDecimal.isPositive(before.equity))
    paperWorld(server).fault("block-account")
    assert.deepStrictEqual((await own.use((venue) => venue.account)).blocks, ["account_blocked"])
    paperWorld(server).fault("block-account", { on: false })
  })

  it("has a short position below 0", async () => {
    paperWorld(server).pin("AMD", "150.00", "150.02")
    const before = await own.client.position("AMD")
    const held = before.type === "done" ? Number(before.value) : 0
    if (held > 0) await own.client.submit({ symbol: "AMD", side: "sell", type: "market", qty: String(held) })
    await waitUntil("AMD is flat", async () => {
      const answer = await own.client.position("AMD")
      return answer.type === "done" && answer.value === "0"
    })
    await own.client.submit({ symbol: "AMD", side: "sell", type: "market", qty: "3" })
    await waitUntil("AMD is short", async () => {
      const answer = await own.client.position("AMD")
      return answer.type === "done" && answer.value === "-3"
    })
  })

  it("is refused to wrong keys, on both ways, and stays so quietly", async () => {
    const stranger = alpacaClient(settings(server, { ...paperKeys, secret: "wrong" }))
    assert.deepStrictEqual(await stranger.client.openOrders(), { type: "unauthorized" })
    await waitUntil("the loss", () => stranger.seen.length > 0)
    assert.match(JSON.stringify(stranger.seen[0]), /refuses the keys/)
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.deepStrictEqual([stranger.seen.length, stranger.counts.connects.updates], [1, 1])
    await stranger.close()
  })
})

describe("the venue's clock and calendar", () => {
  it("are read in UTC: a skew of an hour shows", async () => {
    const skewed = await startTestVenue({ start: openMonday })
    const client = alpacaClient(settings(skewed))
    const before = await client.use((venue) => venue.time)
    skewed.fault({ fault: "shift-clock", ms: 3_600_000 })
    const skewNs = (await client.use((venue) => venue.time)) - before
    assert.isTrue(skewNs >= 3_600_000_000_000n && skewNs < 3_660_000_000_000n)
    await client.close()
    await skewed.close()
  })

  it("give trading days with their hours", async () => {
    const days = await own.use((venue) => venue.tradingDays("2026-11-25", "2026-11-30"))
    assert.deepStrictEqual(
      days.map(({ day, close, open }) => [day, Number((close - open) / 60_000_000_000n)]),
      [
        ["2026-11-25", 390],
        ["2026-11-27", 210],
        ["2026-11-30", 390]
      ]
    )
  })
})

describe("pages", () => {
  it("of all orders since an instant end, and name each order once", async () => {
    const all = await own.use((venue) => venue.ordersSince(openMonday))
    const ids = all.map(({ snapshot }) => snapshot.brokerOrderId)
    // The shared cases left more than a page.
    assert.isAbove(ids.length, 500)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { raw, snapshot } of all.slice(0, 20)) assert.include(raw, snapshot.brokerOrderId)
  })

  it("fail as a whole when one fails", async () => {
    paperWorld(server).fault("rate-limit", { count: 1 })
    const answer = await own.client.openOrders()
    assert.strictEqual(answer.type, "rate-limited")
  })

  it("of fills add up to the executions of the stream", async () => {
    const streamed = new Map(
      own.client.updates().flatMap(({ execution }) => (execution ? [[execution.id, execution.qty] as const] : []))
    )
    const page = await own.use((venue) => venue.fills(openMonday, undefined))
    const known = page.fills.filter(({ fact }) => streamed.has(fact.executionId))
    assert.isAbove(known.length, 10)
    for (const { fact } of known) assert.strictEqual(decimalText(fact.quantity), streamed.get(fact.executionId))
  })
})

describe("the stream", () => {
  it("says that it was lost, waits, and listens again; no event comes between", async () => {
    const from = own.seen.length
    const lossesBefore = own.counts.losses.updates
    server.fault({ fault: "refuse-stream-429", count: 2 })
    server.fault({ fault: "stream-cut" })
    const newer = () => own.seen.slice(from)
    await waitUntil("it listens again", () => newer().some(({ type }) => type === "listening"))
    assert.strictEqual(newer()[0]?.type, "lost")
    assert.strictEqual(newer().at(-1)?.type, "listening")
    // The cut, and two refused connects.
    assert.strictEqual(own.counts.losses.updates - lossesBefore, 3)
  })

  it("stays connected while nothing happens: the venue answers its questions", async () => {
    const connects = own.counts.connects.updates
    await new Promise((resolve) => setTimeout(resolve, 3 * link.silenceMs))
    assert.strictEqual(own.counts.connects.updates, connects)
  })
})

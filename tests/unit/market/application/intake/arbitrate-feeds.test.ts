// With two feeds every tick arrives twice: a published twin doubles volumes, and a tick that counts as a twin is
// lost.
import { assert, describe, it } from "@effect/vitest"
import { FeedArbiter, healsAfter } from "../../../../../src/market/application/intake/arbitrate-feeds.ts"
import { liveClock } from "../../../../../src/market/application/intake/tick-clock.ts"
import { makeArbitratedFeeds } from "../../../../support/arbitrated-feeds.ts"
import type { RawTick } from "../../../../support/tick-records.ts"

/** Two feeds and their ticks: `a` and `b` are called with ticks of one instrument. */
const world = (options: Parameters<typeof makeArbitratedFeeds>[0] = {}) => {
  const made = makeArbitratedFeeds(options)
  const [first, second] = made.lines
  if (first === undefined || second === undefined) throw new Error("two feeds are needed")
  return {
    ...made,
    a: first.bring,
    b: second.bring,
    ledgers: [first.ledger, second.ledger] as const,
    /** Last prices in the order of publishing. */
    prices: () => made.published.map(({ last }) => last),
    columns: () =>
      made.lines.map(({ ledger }) => {
        const { received, published, duplicate, quarantined, balanced } = ledger.snapshot()
        assert.isTrue(balanced)
        return { received, published, duplicate, ...quarantined }
      })
  }
}

const clockText = (second: number) =>
  `10:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`

/** Tick `n` of a true sequence: a second later, one lot more, another price. */
const tick = (n: number, changes: Partial<RawTick> = {}): Partial<RawTick> => ({
  time: clockText(n),
  volume: 1000 + n,
  turnover: 1e7 + n * 10,
  last: 3500 + n,
  bids: [[3400, 5]],
  asks: [[3790, 7]],
  ...changes
})

describe("arbitration of two feeds", () => {
  it("publishes the first of each tick and counts its twin on the feed that was late", () => {
    const { a, b, prices, columns } = world()
    a(tick(1))
    b(tick(1), tick(2))
    a(tick(2), tick(3))
    b(tick(3))
    assert.deepStrictEqual(prices(), [3501, 3502, 3503])
    assert.deepStrictEqual(columns(), [
      { received: 3, published: 2, duplicate: 1 },
      { received: 3, published: 1, duplicate: 2 }
    ])
  })

  it("knows a twin by what the exchange said, whenever and however the front delivered it", () => {
    const { a, b, prices } = world()
    a(tick(1))
    b(tick(1, { lateMs: 400, actionDay: 20261120 }))
    b(tick(2, { bids: [[3400, 6]] }))
    a(tick(2))
    assert.deepStrictEqual(prices(), [3501, 3502, 3502], "one lot more is another tick")
  })

  it("R17: publishes from every feed that runs: what one lost, the other brought", () => {
    const { a, b, prices, arbiter } = world()
    a(tick(1), tick(2), tick(5), tick(6))
    b(tick(1), tick(2), tick(6), tick(7))
    a(tick(8))
    assert.deepStrictEqual(prices(), [3501, 3502, 3505, 3506, 3507, 3508])
    assert.deepStrictEqual(arbiter.counts(0), { first: 5, twins: 0, late: 0, missed: 1 })
    assert.deepStrictEqual(arbiter.counts(1), { first: 1, twins: 3, late: 0, missed: 1 })
  })

  it("matches two equal snapshots one by one", () => {
    const { a, b, prices } = world()
    const x = { ...tick(1), last: 3601 }
    const y = { ...tick(1), last: 3602 }
    a(x, y, x)
    b(x, y, x)
    assert.deepStrictEqual(prices(), [3601, 3602, 3601])
  })

  it("takes an equal snapshot for news when the feed is past the one that was published", () => {
    const { a, b, prices } = world()
    const x = { ...tick(1), last: 3601 }
    const y = { ...tick(1), last: 3602 }
    b(x, y)
    a(y, x)
    assert.deepStrictEqual(prices(), [3601, 3602, 3601], "in the exchange's order x came before and after y")
    const w = { ...tick(1), last: 3603 }
    const other = world()
    other.b(x, y, w)
    other.a(y, x)
    assert.deepStrictEqual(other.prices(), [3601, 3602, 3603, 3601], "a is past the x of b, if not past w")
  })

  it("never takes a feed's own tick for the twin of a later one", () => {
    const { a, b, prices } = world()
    const x = { ...tick(1), last: 3601 }
    const y = { ...tick(1), last: 3602 }
    b({ ...tick(1), last: 3603 })
    a(x, y, x)
    assert.deepStrictEqual(prices(), [3603, 3601, 3602, 3601])
  })

  it("publishes a tick of the same second that the other feed lost, and still knows the twins behind it", () => {
    const { a, b, prices } = world()
    const [z, h] = [
      { ...tick(2), last: 3601 },
      { ...tick(2), last: 3602 }
    ]
    a(tick(1))
    b(tick(1), h)
    a(z, h, tick(3))
    b(tick(3))
    assert.deepStrictEqual(prices(), [3501, 3602, 3601, 3503])
  })

  it("sets a tick aside that comes behind newer ones and that only this feed has", () => {
    const { a, b, prices, setAside, columns } = world()
    a(tick(1), tick(4))
    b(tick(1), tick(2), tick(3), tick(4))
    assert.deepStrictEqual(prices(), [3501, 3504])
    assert.deepStrictEqual(setAside, [
      { feed: 1, seq: 2, reason: "late" },
      { feed: 1, seq: 3, reason: "late" }
    ])
    assert.deepStrictEqual(columns()[1], { received: 4, published: 0, duplicate: 2, late: 2 })
  })

  it("finds every twin in what a stalled feed drains, as far back as prints are remembered", () => {
    const { a, b, prices, columns } = world({ remembered: 8 })
    for (let n = 1; n <= 40; n++) a(tick(n))
    for (let n = 1; n <= 41; n++) b(tick(n, { lateMs: 50_000 }))
    assert.deepStrictEqual(prices().length, 41)
    assert.deepStrictEqual(columns()[1], { received: 41, published: 1, duplicate: 8, late: 32 })
    assert.isAbove(32, healsAfter, "old ticks never become the base, however many they are")
  })

  it("says of each published tick how much was traded since the last one, by whichever feed", () => {
    const { a, b, published } = world()
    a(tick(1), tick(3))
    b(tick(1), tick(7))
    a(tick(7), tick(8))
    assert.deepStrictEqual(
      published.map(({ lastVolume }) => lastVolume),
      [-1, 2, 4, 1]
    )
  })

  it("does not let one tick from the future lock the other feed out", () => {
    const { a, b, prices, setAside } = world({ clock: () => liveClock })
    a(tick(1))
    // Its own laws accept it: it is within five minutes of its receipt.
    a(tick(200, { lateMs: -198_000, volume: 1002, last: 3700 }))
    for (let n = 2; n <= healsAfter + 3; n++) b(tick(n, { volume: 1002 + n }))
    assert.deepStrictEqual(prices(), [3501, 3700, 3509, 3510, 3511])
    assert.strictEqual(setAside.length, healsAfter - 1)
  })

  it("does not let one volume that is too high lock the other feed out", () => {
    const { a, b, prices } = world()
    a(tick(1), tick(2, { volume: 900_000, last: 3700 }))
    for (let n = 3; n <= healsAfter + 4; n++) b(tick(n))
    assert.deepStrictEqual(prices(), [3501, 3700, 3510, 3511, 3512])
  })

  it("keeps the laws of each feed to itself", () => {
    const { a, b, prices, setAside } = world()
    a(tick(1), tick(2, { last: Number.NaN }))
    b(tick(1), tick(2))
    assert.deepStrictEqual(prices(), [3501, 3502])
    assert.deepStrictEqual(setAside, [{ feed: 0, seq: 2, reason: "price_finite" }])
  })

  it("counts a twin as a working feed, not as silence", () => {
    const { a, b, lines } = world()
    a(tick(1), tick(2), tick(300))
    b(tick(1), tick(2), tick(300))
    const [first, second] = lines
    assert.strictEqual(second?.arrivals.total, 3)
    for (const line of lines) line.tally.stop()
    const silences = [first, second].map((line) => line?.sessions[0]?.instruments[0]?.longestSilenceMs)
    assert.deepStrictEqual(silences, [298_000, 298_000])
    assert.strictEqual(second?.sessions[0]?.duplicate, 3)
  })

  it("refuses more feeds than a print can name", () => {
    assert.throws(() => new FeedArbiter(9), /1 to 8 feeds/)
  })
})

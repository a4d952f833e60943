// Most trading is in the main contract of a product: its silence must wake someone, the silence of the twelfth must
// not. And a gap matters most while liquid instruments trade. Both must be known without a cost per tick.
import { assert, describe, it } from "vitest"
import { alwaysOpen, tradingPhase } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { mainContractsOf } from "../../../../../src/market/application/silence/main-contracts.ts"
import { VolumeGrowth } from "../../../../../src/market/domain/checks/volume-growth.ts"
import { lookMs, makeFeed } from "../../../../support/silence-watch.ts"

const ids = ["rb2701", "rb2705", "rb2701C3000", "IF2612", "IF2701", "SP rb2701&rb2705"]
const monday = 20261123
const tuesday = 20261124

const traded = (volumes: Readonly<Record<string, number>>, day = monday, growth = new VolumeGrowth()) => {
  const feed = makeFeed(ids, () => alwaysOpen)
  for (const id of ids) feed.tick(id)
  feed.staleness.look(feed.clock.nowMs)
  for (const [id, volume] of Object.entries(volumes))
    growth.grow(feed.directory.resolve(id, 0)?.index ?? -1, day, volume, false)
  feed.arrivals.volumes = growth
  const { table } = feed.subscriptions
  const all = ids.map((id) => table.row(id) ?? -1)
  const among = (of: ReadonlyArray<string>) =>
    mainContractsOf(
      all.filter((row) => of.includes(table.idOf(row))),
      table,
      feed.directory
    ).map((row) => table.idOf(row))
  return { feed, growth, among }
}

describe("the main contract of a product", () => {
  it("is the future with the largest volume, whatever its options and combinations trade", () => {
    const { among } = traded({ rb2701: 500, rb2705: 900, rb2701C3000: 5000, "SP rb2701&rb2705": 7000, IF2612: 80 })
    assert.deepStrictEqual(among(ids), ["rb2705", "IF2612"])
    assert.deepStrictEqual(among(["rb2701", "rb2701C3000"]), [])
    assert.deepStrictEqual(among(["rb2705"]), ["rb2705"])
  })

  it("stays known at the opening of the next day, before it has traded", () => {
    const { among, growth, feed } = traded({ rb2701: 900, rb2705: 500 })
    growth.grow(feed.directory.resolve("rb2705", 0)?.index ?? -1, tuesday, 3, false)
    growth.grow(feed.directory.resolve("rb2701", 0)?.index ?? -1, tuesday, 1, false)
    assert.deepStrictEqual(among(ids), ["rb2701"])
  })

  it("is not known without volumes", () => {
    assert.deepStrictEqual(traded({}).among(ids), [])
    assert.deepStrictEqual(traded({ rb2701: 0 }).among(ids), [])
  })
})

describe("liquid instruments", () => {
  const run = (hours: typeof alwaysOpen, everyMs: number) => {
    const feed = makeFeed(["rb2701"], () => hours)
    for (let step = 0; step < 600; step++) {
      feed.clock.nowMs += lookMs
      if ((step * lookMs) % everyMs === 0) feed.tick("rb2701")
      feed.staleness.look(feed.clock.nowMs)
    }
    return feed
  }

  it("tick at least once a second while their market is open, whether the feed is logged in or not", () => {
    const feed = run(alwaysOpen, 500)
    assert.strictEqual(feed.staleness.liquidNow(feed.clock.nowMs), 1)
    feed.subscriptions.heard({ type: "disconnected", reason: 0x1001 })
    feed.staleness.look(feed.clock.nowMs)
    assert.strictEqual(feed.staleness.liquidNow(feed.clock.nowMs), 1)
  })

  it("are none when they tick more rarely, and none while the market is closed", () => {
    const slow = run(alwaysOpen, 2000)
    assert.strictEqual(slow.staleness.liquidNow(slow.clock.nowMs), 0)
    const closeMs = 1_060_000
    const shut = run((_, nowMs) => {
      const isOpen = nowMs < closeMs
      return isOpen
        ? { phase: tradingPhase.trading, fromMs: 0, untilMs: closeMs }
        : { phase: tradingPhase.closed, fromMs: closeMs, untilMs: Number.POSITIVE_INFINITY }
    }, 500)
    assert.strictEqual(shut.staleness.liquidNow(closeMs - 10_000), 1)
    assert.strictEqual(shut.staleness.liquidNow(closeMs + 10_000), 0)
  })
})

// Real ticks, of which many share a second and a price: two feeds that each lose some must add up to the recording,
// each tick once.
import { assert, describe, it } from "@effect/vitest"
import { recordBytes, TickSlab } from "../../src/kernel/tick/tick-slab.ts"
import { makeArbitratedFeeds } from "../support/arbitrated-feeds.ts"
import { rawRecords } from "../support/recording-records.ts"
import { recordingsOf } from "../support/recordings.ts"

const rowsMax = 30_000

const load = async (file: string) => {
  const symbols = { ids: [undefined] as Array<string | undefined>, resolved: [-1] }
  const all = new TickSlab(rowsMax)
  for await (const { slab, count } of rawRecords(file, symbols)) {
    const taken = Math.min(count, rowsMax - all.used)
    all.bytes.set(slab.bytes.subarray(0, taken * recordBytes), all.used * recordBytes)
    all.used += taken
  }
  return { all, ids: symbols.ids }
}

const randomFrom = (seed: number) => {
  let state = seed
  return (n: number): number => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223
    return (state >>> 8) % n
  }
}

type World = ReturnType<typeof makeArbitratedFeeds>

/** Published ticks of each instrument, in sequence. */
const streamsOf = ({ directory, published }: World) => {
  const streams = new Map<string, Array<string>>()
  for (const { instrument, exchangeTimeMs, volume, last } of published) {
    const id = directory.at(instrument)?.id ?? "?"
    const stream = streams.get(id) ?? []
    streams.set(id, stream)
    stream.push(`${exchangeTimeMs} ${volume} ${last}`)
  }
  return streams
}

/** Lots in the ticks of each instrument. */
const lotsOf = ({ directory, published }: World) => {
  const lots = new Map<string, number>()
  for (const { instrument, lastVolume } of published) {
    const id = directory.at(instrument)?.id ?? "?"
    lots.set(id, (lots.get(id) ?? 0) + Math.max(0, lastVolume))
  }
  return lots
}

/** CZCE without milliseconds, and instruments of three exchanges. */
const recordings = ["jt_AP_20200803.csv.gz", "smoke_me_20171113_0900_0902.csv.gz"].flatMap(recordingsOf)
for (const { extent, path, title } of recordings) {
  const behindMax = extent === "slice" ? 100 : 400
  describe(`two feeds of ${title}`, () => {
    it("that each lose a fifth, never the same tick: everything is stored once, in order", async () => {
      const { all, ids } = await load(path)
      const whole = makeArbitratedFeeds({ feeds: 1 })
      for (let row = 0; row < all.used; row++) whole.lines[0]?.bringRow(all, row, ids)
      const random = randomFrom(20261121)
      const both = makeArbitratedFeeds()
      for (let row = 0; row < all.used; row++) {
        const lost = random(5)
        // Each feed is first in turn.
        for (const feed of random(2) === 0 ? [0, 1] : [1, 0]) {
          if (feed !== lost) both.lines[feed]?.bringRow(all, row, ids)
        }
      }
      assert.deepStrictEqual(streamsOf(both), streamsOf(whole))
      assert.deepStrictEqual(lotsOf(both), lotsOf(whole), "the day's volume, from either feed")
      assert.deepStrictEqual(both.setAside, [])
      for (const { ledger } of both.lines) {
        const { received, published, duplicate, balanced } = ledger.snapshot()
        assert.isTrue(balanced)
        assert.strictEqual(received, published + duplicate)
        assert.isAbove(published, received / 3, "both feeds are stored from")
      }
    })

    it("of which one lags behind: what it alone has and brings too late is set aside and counted", async () => {
      const { all, ids } = await load(path)
      const random = randomFrom(7)
      const world = makeArbitratedFeeds({ remembered: 1024 })
      const delivered = new Set<number>()
      const lagging: Array<number> = []
      for (let row = 0; row < all.used; row++) {
        const lost = random(20)
        if (lost !== 0) {
          world.lines[0]?.bringRow(all, row, ids)
          delivered.add(row)
        }
        if (lost !== 1) {
          lagging.push(row)
          delivered.add(row)
        }
        while (lagging.length > behindMax || random(30) === 0) {
          const next = lagging.shift()
          if (next === undefined) break
          world.lines[1]?.bringRow(all, next, ids)
        }
      }
      for (const row of lagging) world.lines[1]?.bringRow(all, row, ids)
      const newest = new Map<number, number>()
      for (const { instrument, exchangeTimeMs, volume } of world.published) {
        const key = exchangeTimeMs * 1e6 + volume
        assert.isAtLeast(key, newest.get(instrument) ?? 0, "the stream of an instrument goes back")
        newest.set(instrument, key)
      }
      const late = world.setAside.length
      assert.deepStrictEqual(new Set(world.setAside.map(({ reason }) => reason)), new Set(["late"]))
      const repeated = delivered.size - world.published.length - late
      // Only the rows that a front repeated word for word.
      assert.isAtLeast(repeated, 0)
      assert.isAtMost(repeated, 230)
      for (const { ledger } of world.lines) assert.isTrue(ledger.snapshot().balanced)
    })
  })
}

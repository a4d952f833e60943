// R8, R9: a tick that leaves fields out must not become the base, and one from before the first trade must not be
// withheld.
import { assert, describe, it } from "@effect/vitest"
import { double, recordF64, recordI32, type TickBatch, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { unknownGrowth, VolumeGrowth } from "../../../../../src/market/domain/checks/volume-growth.ts"
import { makeArbitratedFeeds } from "../../../../support/arbitrated-feeds.ts"
import { judgeRecording } from "../../../../support/recording-ledger.ts"
import { fieldFile } from "../../../../support/recordings.ts"
import { makeJudge, noValue, type RawTick } from "../../../../support/tick-records.ts"

/** A tick of an old API build in the middle of a day: a book, and 0 everywhere else. */
const partial: Partial<RawTick> = {
  tradingDay: 0,
  last: 0,
  volume: 0,
  turnover: 0,
  openInterest: 0,
  upper: 0,
  lower: 0
}
const at = (second: number): string =>
  `10:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`

const randomFrom = (seed: number) => {
  let state = seed
  return (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
}

describe("R8: ticks that hold a ledger only", () => {
  it("R8: are set aside under their own reason, and no number of them heals", () => {
    const { judge } = makeJudge()
    judge({ time: at(0), volume: 50_000 })
    for (let second = 1; second <= 30; second++) {
      assert.strictEqual(judge({ ...partial, time: at(second), bids: [[3593, second]] }), "book_only")
    }
    assert.deepStrictEqual(judge({ time: at(31), volume: 50_010 }), { flags: [], lastVolume: 10 })
  })

  it("R8: first in a run they say nothing of what was traded before", () => {
    const { judge } = makeJudge()
    assert.strictEqual(judge({ ...partial, time: at(0) }), "book_only")
    assert.deepStrictEqual(judge({ time: at(1), volume: 50_000 }), { flags: [], lastVolume: unknownGrowth })
    assert.deepStrictEqual(judge({ time: at(2), volume: 50_010 }), { flags: [], lastVolume: 10 })
  })

  it("R8: DBL_MAX in place of 0 changes nothing, nor do limits that are still there", () => {
    for (const forms of [
      { last: noValue, openInterest: noValue, turnover: noValue },
      { upper: 3800, lower: 3400 }
    ]) {
      const { judge } = makeJudge()
      judge({ time: at(0), volume: 50_000 })
      assert.strictEqual(judge({ ...partial, ...forms, time: at(1) }), "book_only")
    }
  })

  it("R8: an empty tick before the market opens is published, and is no base of a growth", () => {
    const { judge } = makeJudge()
    const empty = { last: noValue, openInterest: noValue, turnover: noValue, upper: noValue, lower: noValue }
    assert.deepStrictEqual(judge({ ...empty, time: "08:30:00", volume: 0, bids: [], asks: [] }), {
      flags: [],
      lastVolume: unknownGrowth
    })
    assert.deepStrictEqual(judge({ time: at(0), volume: 50_000 }), { flags: [], lastVolume: unknownGrowth })
  })

  it("R8: honest ticks with volume 0 are published: before the first trade, a new contract, a combination", () => {
    const before = { volume: 0, turnover: 0, last: 0 }
    for (const honest of [
      { ...before, id: "AP701" },
      { ...before, openInterest: 0 },
      { ...before, openInterest: 0, upper: 0, lower: 0, id: "SPD CF701&CF703" },
      { ...before, openInterest: 0, upper: noValue, lower: noValue, bids: [], asks: [] }
    ]) {
      assert.notTypeOf(makeJudge().judge(honest), "string", JSON.stringify(honest))
    }
  })

  it("R8: a whole tick whose volume begins anew still heals, without growth that was counted already", () => {
    const { judge } = makeJudge()
    judge({ time: at(0), volume: 1000 })
    judge({ time: at(1), volume: 1010 })
    const fates = Array.from({ length: 10 }, (_, n) => judge({ time: at(2 + n), volume: n + 1 }))
    assert.deepStrictEqual(
      fates.slice(0, 7),
      Array.from({ length: 7 }, () => "volume_fell")
    )
    assert.deepStrictEqual(fates[7], { flags: ["volume_fell"], lastVolume: unknownGrowth })
    assert.deepStrictEqual(fates[9], { flags: [], lastVolume: unknownGrowth })
    assert.deepStrictEqual(judge({ time: at(20), volume: 1015 }), { flags: [], lastVolume: 5 })
  })

  it("R8: whatever volumes come, in whatever order of two days, growth never adds up to more than the volume grew", () => {
    for (let run = 0; run < 3000; run++) {
      const random = randomFrom(run + 1)
      const growth = new VolumeGrowth()
      const days = [20261119, 20261120]
      const sums = new Map<number, { first: number; highest: number; sum: number }>()
      growth.grow(0, 20261118, 5, false)
      for (let tick = 0; tick < 40; tick++) {
        const day = days[run % 2 === 0 ? Math.min(1, Math.floor(tick / 20)) : random(2)] as number
        const volume = random(3) === 0 ? random(200) : tick * 3
        const grown = growth.grow(0, day, volume, random(6) === 0, random(8) !== 0)
        const seen = sums.get(day) ?? { first: volume, highest: 0, sum: 0 }
        seen.highest = Math.max(seen.highest, volume)
        if (grown > 0) seen.sum += grown
        sums.set(day, seen)
      }
      for (const [day, { highest, sum }] of sums) assert.isAtMost(sum, highest, `run ${run}, day ${day}`)
    }
  })

  it("R8: with two feeds the growth of the published stream has the same bound", () => {
    const world = makeArbitratedFeeds()
    const [one, two] = world.lines
    one?.bring({ time: at(0), volume: 50_000 })
    for (let second = 1; second <= 12; second++) two?.bring({ ...partial, time: at(second), bids: [[3593, second]] })
    one?.bring({ time: at(13), volume: 50_010 })
    two?.bring({ time: at(14), volume: 50_012 })
    assert.deepStrictEqual(
      world.published.map(({ lastVolume }) => lastVolume),
      [unknownGrowth, 10, 2]
    )
    assert.deepStrictEqual([...new Set(world.setAside.map(({ reason }) => reason))], ["book_only"])
  })
})

describe("R9: before the first trade", () => {
  it("R9: last is not judged by today's limits nor by the grid, bid and ask are", () => {
    const before = { volume: 0, turnover: 0, last: 4200 }
    assert.deepStrictEqual(makeJudge({ priceTick: 1 }).judge({ ...before, last: 4200.37 }), {
      flags: [],
      lastVolume: unknownGrowth
    })
    assert.strictEqual(makeJudge().judge({ ...before, bids: [[3801, 1]], asks: [] }), "price_in_limits")
    assert.strictEqual(makeJudge().judge({ ...before, bids: [], asks: [[3399, 1]] }), "price_in_limits")
    assert.strictEqual(makeJudge().judge({ ...before, volume: 1 }), "price_in_limits")
  })
})

describe("R8, R9: the files of the field", () => {
  const growths = async (file: string) => {
    const told: Array<number> = []
    const integrity = await judgeRecording(fieldFile(file), [], ({ slab, start, count }: TickBatch) => {
      for (let row = start; row < start + count; row++) told.push(slab.i32[row * recordI32 + word.lastVolume] as number)
    })
    return { ...integrity, told }
  }
  it("R8: partial-ticks.csv", async () => {
    const { published, quarantined, told } = await growths("partial-ticks.csv")
    assert.strictEqual(published, 2)
    assert.deepStrictEqual(quarantined, { book_only: 20 })
    assert.deepStrictEqual(told, [unknownGrowth, 10])
  })
  it("R8: partial-first.csv", async () => {
    const { published, quarantined, told } = await growths("partial-first.csv")
    assert.strictEqual(published, 2)
    assert.deepStrictEqual(quarantined, { book_only: 1 })
    assert.deepStrictEqual(told, [unknownGrowth, 10])
  })
  it("R9: before-first-trade.csv", async () => {
    const lasts: Array<number> = []
    const integrity = await judgeRecording(fieldFile("before-first-trade.csv"), [], ({ slab, start, count }) => {
      for (let row = start; row < start + count; row++) lasts.push(slab.f64[row * recordF64 + double.last] as number)
    })
    assert.deepStrictEqual(lasts, [4200, 4200, 4002])
    assert.deepStrictEqual(integrity.quarantined, { price_in_limits: 1 })
  })
})

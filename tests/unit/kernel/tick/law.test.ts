// A law that misses a fault harms consumers, and one that fires on valid data starves them: each is tested on both
// sides.
import { assert, describe, it } from "@effect/vitest"
import { tradingPhase } from "../../../../src/kernel/calendar/trading-phase.ts"
import { bitOf, firstLaw, laws, lawsIn } from "../../../../src/kernel/tick/law.ts"
import { double } from "../../../../src/kernel/tick/tick-slab.ts"
import { lawExceptions, lawMasks, lawSeverity } from "../../../../src/market/domain/checks/law-table.ts"
import { healAfter } from "../../../../src/market/domain/checks/tick-laws.ts"
import { alwaysIn, type Fate, makeJudge, noValue, type RawTick } from "../../../support/tick-records.ts"

const once = (changes: Partial<RawTick>, options: Parameters<typeof makeJudge>[0] = {}): Fate =>
  makeJudge(options).judge(changes)
const flagsOf = (fate: Fate): ReadonlyArray<string> => (typeof fate === "string" ? [fate] : fate.flags)
const isPublished = (fate: Fate) => assert.deepStrictEqual(flagsOf(fate), [])

describe("names and bits", () => {
  it("give each law its bit back", () => {
    for (const [at, law] of laws.entries()) {
      assert.strictEqual(firstLaw(bitOf(law)), at)
      assert.deepStrictEqual(lawsIn(bitOf(law)), [law])
    }
    assert.strictEqual(laws[firstLaw(bitOf("snapshot") | bitOf("book_crossed"))], "book_crossed")
  })
})

describe("the table", () => {
  it("gives every law one severity for every exchange and kind, and no exception without a reason", () => {
    for (const { why } of lawExceptions) assert.isAbove(why.length, 20)
    const masks = lawMasks("SHFE", "future")
    for (const law of laws) {
      const bit = bitOf(law)
      assert.strictEqual((masks.flag & bit) !== 0, lawSeverity[law] === "flag", law)
      assert.strictEqual((masks.quarantine & bit) !== 0, lawSeverity[law] === "quarantine", law)
    }
    assert.strictEqual(masks.flag & masks.quarantine, 0)
    assert.notStrictEqual(
      lawMasks("SHFE", "future").quarantineOutsideTrading & bitOf("book_crossed"),
      bitOf("book_crossed")
    )
  })
})

describe("laws on single values", () => {
  it("publish a sound tick without a flag", () => isPublished(once({})))

  it("take DBL_MAX in each printed form as no value, and NaN and minus infinity as none", () => {
    // The third is larger than DBL_MAX: a reader converts it to infinity.
    for (const form of ["1.7976931348623157e+308", "1.79769e+308", "1.797693135e+308", "1.7976931348623158e+308"]) {
      const price = Number(form)
      isPublished(once({ last: price, upper: price, lower: price, bids: [[price, 0]], asks: [[price, 0]] }))
    }
    for (const price of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      assert.strictEqual(once({ last: price }), "price_finite")
      assert.strictEqual(once({ turnover: price }), "price_finite")
      assert.strictEqual(once({ asks: [[price, 1]] }), "price_finite")
    }
  })

  it("know garbage: denormals, absurd sizes, negative lots in the book", () => {
    // The first rows of felix_recv_20210317.
    assert.strictEqual(once({ last: 1.0914345e-317, volume: 87_688_704 }), "struct_insane")
    assert.strictEqual(once({ last: 4.005552e-317, volume: -603_848_704 }), "struct_insane")
    assert.strictEqual(once({ volume: 1_500_000_000 }), "struct_insane")
    assert.strictEqual(once({ turnover: 1e200 }), "struct_insane")
    assert.strictEqual(once({ upper: 1e12 }), "struct_insane")
    assert.strictEqual(once({ bids: [[3593, -5]] }), "struct_insane")
    assert.strictEqual(once({ bids: [[2e-310, 5]] }), "struct_insane")
  })

  it("name a negative volume and open interest", () => {
    assert.strictEqual(once({ volume: -1 }), "volume_negative")
    assert.strictEqual(once({ openInterest: -1 }), "open_interest_negative")
    isPublished(once({ volume: 0, openInterest: 0, turnover: 0 }))
  })

  it("let spreads be negative and nothing else", () => {
    const negative = { last: -12, bids: [[-13, 1]], asks: [[-11, 1]], upper: noValue, lower: noValue } as const
    assert.strictEqual(once(negative), "price_positive")
    isPublished(once({ ...negative, id: "SP a2501&a2505", exchange: "DCE" }))
    isPublished(once({ ...negative, id: "sc2701TAS", exchange: "INE" }))
    assert.strictEqual(once({ last: 0 }), "price_positive")
    // CZCE before the first trade of the day.
    isPublished(once({ last: 0, volume: 0, turnover: 0, bids: [[0, 0]], asks: [[0, 0]], id: "AP701" }))
  })
})

describe("laws on prices against each other", () => {
  it("hold prices inside the limits, the limits included", () => {
    assert.strictEqual(once({ last: 3801, asks: [] }), "price_in_limits")
    assert.strictEqual(once({ last: 3399, bids: [] }), "price_in_limits")
    assert.strictEqual(once({ bids: [[3801, 1]], asks: [] }), "price_in_limits")
    assert.strictEqual(once({ bids: [], asks: [[3399, 1]] }), "price_in_limits")
    isPublished(once({ last: 3800, bids: [[3800, 9]], asks: [] }))
    isPublished(once({ last: 3400, bids: [], asks: [[3400, 9]] }))
    isPublished(once({ last: 3800.0000000000005, bids: [[3800.0000000000005, 9]], asks: [] }))
    isPublished(once({ last: 9999, upper: 0, lower: 0, asks: [] }))
  })

  it("flag a price beside the grid, within float error, when the price tick is known", () => {
    assert.deepStrictEqual(flagsOf(once({ last: 3594.5 }, { priceTick: 1 })), ["price_on_grid"])
    assert.deepStrictEqual(flagsOf(once({ last: 3594.3 }, { priceTick: 1 })), ["price_on_grid"])
    assert.deepStrictEqual(flagsOf(once({ last: 3593.7 }, { priceTick: 1 })), ["price_on_grid"])
    assert.deepStrictEqual(flagsOf(once({ bids: [[3592.9, 1]] }, { priceTick: 0.2 })), ["price_on_grid"])
    isPublished(once({ last: 3594.0000000000005 }, { priceTick: 1 }))
    isPublished(once({ last: 3593.4000000000001, bids: [[3593.2, 2]], asks: [[3593.4, 1]] }, { priceTick: 0.2 }))
    isPublished(once({ last: 3594.5 }))
  })

  it("set a crossed or equal book aside in continuous trading, and flag it in an auction", () => {
    for (const bid of [3594, 3595]) {
      const crossed = { bids: [[bid, 1]], asks: [[3594, 1]] } as const
      assert.strictEqual(once(crossed), "book_crossed")
      for (const phase of [tradingPhase.auction, tradingPhase.preOpen, tradingPhase.unknown]) {
        assert.include(flagsOf(once(crossed, { hours: alwaysIn(phase) })), "book_crossed")
      }
    }
    isPublished(once({ bids: [[3594, 1]], asks: [] }))
    isPublished(once({ bids: [[3594, 1]], asks: [[0, 0]] }))
    isPublished(once({ bids: [[3594, 1]], asks: [[noValue, 0]] }))
  })

  it("flag levels out of order, equal, or behind an empty one", () => {
    const asks = [
      [3594, 1],
      [3595, 1],
      [3596, 1],
      [3597, 1],
      [3598, 1]
    ] as const
    const bids = [
      [3593, 1],
      [3592, 1],
      [3591, 1],
      [3590, 1],
      [3589, 1]
    ] as const
    isPublished(once({ bids, asks }))
    isPublished(once({ bids: bids.slice(0, 3), asks: asks.slice(0, 1) }))
    for (const changed of [
      {
        asks: [
          [3594, 1],
          [3594, 1]
        ]
      },
      {
        asks: [
          [3594, 1],
          [3596, 1],
          [3595, 1]
        ]
      },
      {
        bids: [
          [3593, 1],
          [3593.5, 1]
        ]
      },
      {
        bids: [
          [noValue, 0],
          [3592, 1]
        ]
      },
      { bids: [...bids.slice(0, 2), [noValue, 0], [3590, 1]] }
    ] as ReadonlyArray<Partial<RawTick>>) {
      assert.deepStrictEqual(flagsOf(once(changed)), ["levels_ordered"], JSON.stringify(changed))
    }
  })
})

describe("laws on one tick after another", () => {
  it("hold volume and time of an instrument, not of the market", () => {
    const { judge } = makeJudge()
    isPublished(judge({}))
    assert.strictEqual(judge({ time: "10:00:01", volume: 999 }), "volume_fell")
    assert.strictEqual(judge({ time: "09:59:59", volume: 1001 }), "time_fell")
    isPublished(judge({ id: "cu2701", time: "09:59:58", volume: 1 }))
    isPublished(judge({ time: "10:00:02" }))
  })

  it("take a new trading day as a new count", () => {
    const { judge } = makeJudge()
    judge({ time: "14:59:59", volume: 500_000 })
    isPublished(judge({ time: "21:00:00", volume: 12, turnover: 1, tradingDay: 20261123 }))
  })

  it("accept equal times when another field differs, and count a full repetition as a duplicate", () => {
    const { judge } = makeJudge()
    const czce = { id: "AP701", exchange: "CZCE" }
    isPublished(judge(czce))
    isPublished(judge({ ...czce, bids: [[3592, 5]] }))
    isPublished(judge({ ...czce, volume: 1001 }))
    assert.strictEqual(judge({ ...czce, volume: 1001 }), "duplicate")
    isPublished(judge({ ...czce, volume: 1001, ms: 1 }))
  })

  it("flag a falling turnover, except CZCE's, which CTP computes", () => {
    const { judge } = makeJudge()
    judge({})
    assert.deepStrictEqual(flagsOf(judge({ time: "10:00:01", turnover: 30_000_000 })), ["turnover_fell"])
    judge({ id: "AP701" })
    isPublished(judge({ id: "AP701", time: "10:00:01", turnover: 30_000_000 }))
  })

  it("heal: one tick that was too far ahead does not condemn all that follow it", () => {
    const { judge } = makeJudge()
    judge({})
    isPublished(judge({ time: "10:00:01", volume: 900_000_000 }))
    const fates: Array<Fate> = []
    for (let n = 0; n < healAfter + 2; n++) fates.push(judge({ time: `10:00:${10 + n}`, volume: 1001 + n }))
    assert.deepStrictEqual(fates.slice(0, healAfter - 1), Array(healAfter - 1).fill("volume_fell"))
    assert.deepStrictEqual(flagsOf(fates[healAfter - 1] as Fate), ["volume_fell"])
    isPublished(fates[healAfter] as Fate)
  })

  it("do not heal towards the past: a front that repeats old ticks stays out", () => {
    const { judge } = makeJudge()
    judge({ time: "10:30:00", volume: 5000 })
    for (let n = 0; n < 3 * healAfter; n++) {
      assert.strictEqual(judge({ time: `10:00:${10 + n}`, volume: 1001 + n, lateMs: 1_800_000 }), "time_fell")
    }
  })
})

describe("laws on the clocks", () => {
  it("never publish a tick from the future", () => {
    const fate = once({ time: "10:00:00", lateMs: -600_000 })
    // The time rules search for a day on which it is not ahead; it is then a day old and marked.
    assert.include(["receive_time_bounds", "snapshot"], flagsOf(fate)[0])
    isPublished(once({ lateMs: -200_000 }))
  })

  it("mark a stale tick as snapshot", () => {
    assert.deepStrictEqual(flagsOf(once({ lateMs: 61_000 })), ["snapshot"])
    isPublished(once({ lateMs: 59_000 }))
    assert.deepStrictEqual(flagsOf(once({}, { hours: alwaysIn(tradingPhase.preOpen) })), ["snapshot"])
  })

  it("flag what comes outside the trading hours", () => {
    const { judge } = makeJudge({ hours: alwaysIn(tradingPhase.closed) })
    judge({})
    assert.deepStrictEqual(flagsOf(judge({ time: "10:00:01" })), ["trading_hours"])
  })

  it("know the skew at midnight: ActionDay and UpdateTime that turn apart give one instant", () => {
    const { judge, slab } = makeJudge()
    const night = { id: "au2702", tradingDay: 20261120 }
    // 23:59:59.9 with the day after it, received just then: the natural day is the one of the receipt.
    isPublished(judge({ ...night, time: "23:59:59", ms: 900, actionDay: 20261119 }))
    const before = slab.f64[double.exchangeTimeMs] as number
    isPublished(judge({ ...night, time: "00:00:00", ms: 100, actionDay: 20261119, lateMs: 86_400_040, volume: 1001 }))
    assert.strictEqual((slab.f64[double.exchangeTimeMs] as number) - before, 200)
  })
})

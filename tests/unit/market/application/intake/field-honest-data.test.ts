// R8, R9 and similar: valid data of a phase, an exchange or a front's version that was withheld or misread.
import { assert, describe, it } from "@effect/vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { lawsIn } from "../../../../../src/kernel/tick/law.ts"
import { double, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeNormaliseTick } from "../../../../../src/market/application/intake/normalise-tick.ts"
import { liveClock } from "../../../../../src/market/application/intake/tick-clock.ts"
import { resolveTradingTime, TradingTime } from "../../../../../src/market/domain/tick/trading-time.ts"
import { makeJudge, type RawTick, soundTick, writeRaw } from "../../../../support/tick-records.ts"

const shanghai = (day: number, hour: number, minute: number) => Date.UTC(2026, 10, day, hour - 8, minute)

describe("the kind of R8 and R9: honest data", () => {
  it("R9: an average of 0 by 0 before the first trade is no value, after it NaN is damage", () => {
    const { slab, normalise, directory } = makeJudge()
    directory.resolve("rb2701", 0)
    const bring = (volume: number, seq: number) => {
      writeRaw(slab, 0, { ...soundTick, ms: seq, volume, turnover: volume }, 1, seq)
      slab.f64[double.average] = Number.NaN
      return normalise(slab, 0, { ids: [undefined, "rb2701"], resolved: [-1, -1] })
    }
    assert.strictEqual(bring(0, 1), 0)
    assert.notStrictEqual(bring(5, 2), 0)
  })

  it("R9: a crossed book of a stock option is flagged: auctions lie in the middle of its day and at its end", () => {
    const crossed: Partial<RawTick> = { bids: [[3594, 1]], asks: [[3594, 1]] }
    assert.strictEqual(makeJudge().judge(crossed), "book_crossed")
    for (const exchange of ["SSE", "SZSE"]) {
      const fate = makeJudge().judge({ ...crossed, id: "10004405", exchange })
      assert.deepStrictEqual(typeof fate === "string" ? fate : fate.flags, ["book_crossed"])
    }
  })

  it("R9: the close, pushed in the evening under the next trading day, belongs to its own, and keeps no night tick out", () => {
    const out = new TradingTime()
    const close = 54_000
    resolveTradingTime(close, 0, 20261119, 20261120, "SHFE", 20261120, shanghai(19, 20, 45), chinaCalendar, out)
    assert.deepStrictEqual([out.tradingDay, out.stale], [20261119, true])
    assert.strictEqual(out.exchangeTimeMs, shanghai(19, 15, 0))
    // On a day off, as test markets have it, there is no day of its own.
    resolveTradingTime(close, 0, 20261121, 20261123, "SHFE", 20261123, shanghai(21, 20, 45), chinaCalendar, out)
    assert.strictEqual(out.tradingDay, 20261123)
    // The front decides the date of a market that runs now.
    resolveTradingTime(close, 0, 20261119, 20261120, "SHFE", 20261120, shanghai(19, 15, 0), chinaCalendar, out)
    assert.strictEqual(out.tradingDay, 20261120)

    const { judge } = makeJudge()
    const push = judge({
      time: "15:00:00",
      actionDay: 20261119,
      tradingDay: 20261120,
      volume: 90_000,
      lateMs: 20_700_000
    })
    assert.deepInclude(push, { flags: ["snapshot"] })
    const night = { time: "21:00:00", actionDay: 20261119, tradingDay: 20261120 }
    assert.deepStrictEqual(judge({ ...night, volume: 0, turnover: 0 }), { flags: [], lastVolume: 0 })
    assert.deepStrictEqual(judge({ ...night, ms: 500, volume: 3, turnover: 3 }), { flags: [], lastVolume: 3 })
  })

  it("R9: the price tick is read again on each trading day: a list may arrive late, or change", () => {
    const directory = new InstrumentDirectory()
    const normalise = makeNormaliseTick({ directory, loginTradingDay: () => 0, clock: liveClock })
    const symbols = { ids: [undefined, "rb2701"], resolved: [-1, -1] }
    const slab = new TickSlab(1)
    let seq = 0
    const flags = (day: number) => {
      writeRaw(slab, 0, { ...soundTick, tradingDay: day, actionDay: day, ms: seq, last: 3594.5 }, 1, ++seq)
      assert.strictEqual(normalise(slab, 0, symbols), 0)
      return lawsIn(slab.u32[word.verdict] as number)
    }
    const learn = (priceTick: number) => directory.learn([{ id: "rb2701", exchange: "SHFE", product: "rb", priceTick }])
    assert.deepStrictEqual(flags(20261119), [])
    learn(1)
    flags(20261120)
    assert.deepStrictEqual(flags(20261120), ["price_on_grid"])
    learn(0.5)
    flags(20261123)
    assert.deepStrictEqual(flags(20261123), [])
  })

  it("R8: for any book and any values, a tick is withheld only under a law that it breaks", () => {
    let state = 5
    const random = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % n
    }
    for (let run = 0; run < 3000; run++) {
      const { judge, slab } = makeJudge()
      const volume = random(3) === 0 ? 0 : random(1000)
      const last = 3300 + random(600)
      const bid = 3300 + random(600)
      const fate = judge({ volume, turnover: volume * 10, last, bids: [[bid, 1]], asks: [[bid + 1, 1]] })
      const outside = (volume > 0 && (last > 3800 || last < 3400)) || bid > 3800 || bid + 1 < 3400
      assert.strictEqual(fate === "price_in_limits", outside, `run ${run}: last ${last} bid ${bid} volume ${volume}`)
      assert.strictEqual(typeof fate === "string", outside)
      assert.strictEqual(slab.f64[double.last], last)
    }
  })
})

// A night tick on the wrong day is a tick from the future: it breaks bars, staleness and every consumer's sequence.
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { epochDayOf, weekdayBefore, weekdayFrom, yyyymmddOf } from "../../../../../src/kernel/calendar/calendar-day.ts"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import type { Exchange } from "../../../../../src/kernel/instrument/exchange.ts"
import { resolveTradingTime, TradingTime, timeVerdict } from "../../../../../src/market/domain/tick/trading-time.ts"
import { extents, recordingsOf } from "../../../../support/recordings.ts"

const secondOf = (time: string): number => {
  const [h, m, s] = time.split(":").map(Number) as [number, number, number]
  return h * 3600 + m * 60 + s
}
const out = new TradingTime()
const settle = (time: string, actionDay: number, tradingDay: number, exchange: Exchange, login = 0) => {
  const verdict = resolveTradingTime(secondOf(time), 500, actionDay, tradingDay, exchange, login, 0, chinaCalendar, out)
  if (verdict !== timeVerdict.resolved) return verdict
  const shanghai = new Date(out.exchangeTimeMs + 8 * 3_600_000).toISOString()
  return `${shanghai.slice(0, 10)} ${shanghai.slice(11, 23)} ${out.tradingDay}`
}

describe("calendar days", () => {
  it("counts every day of 1990 to 2099 as Date does, and refuses the rest", () => {
    const end = Date.UTC(2100, 0, 1) / 86_400_000
    for (let day = Date.UTC(1990, 0, 1) / 86_400_000; day < end; day++) {
      const date = new Date(day * 86_400_000)
      const yyyymmdd = date.getUTCFullYear() * 10000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
      if (epochDayOf(yyyymmdd) !== day || yyyymmddOf(day) !== yyyymmdd) assert.fail(`${yyyymmdd} is not day ${day}`)
    }
    for (const no of [
      0,
      -1,
      19800100,
      19891231,
      21000101,
      20230229,
      20240230,
      20240431,
      20241301,
      20240001,
      20240100,
      99999999,
      7,
      Number.NaN,
      20240101.5
    ]) {
      assert.strictEqual(epochDayOf(no), -1, String(no))
      assert.strictEqual(epochDayOf(no), -1, `${no} asked again`)
    }
    assert.strictEqual(epochDayOf(20240101), 19723)
  })

  it("skips Saturdays and Sundays", () => {
    const before = (day: number) => yyyymmddOf(weekdayBefore(epochDayOf(day)))
    const from = (day: number) => yyyymmddOf(weekdayFrom(epochDayOf(day)))
    assert.deepStrictEqual(
      [20181008, 20181009, 20181013, 20181014].map(before),
      [20181005, 20181008, 20181012, 20181012]
    )
    assert.deepStrictEqual([20181012, 20181013, 20181014, 20181015].map(from), [20181012, 20181015, 20181015, 20181015])
  })
})

describe("resolveTradingTime", () => {
  it("takes ActionDay where it is right", () => {
    assert.strictEqual(settle("21:00:00", 20181008, 20181009, "SHFE"), "2018-10-08 21:00:00.500 20181009")
    assert.strictEqual(settle("01:30:00", 20181013, 20181015, "SHFE"), "2018-10-13 01:30:00.500 20181015")
    assert.strictEqual(settle("18:11:36", 20160810, 20160811, "CFFEX"), "2016-08-10 18:11:36.500 20160811")
    assert.strictEqual(settle("10:00:00", 20241008, 20241008, "DCE"), "2024-10-08 10:00:00.500 20241008")
  })

  it("does not believe DCE's ActionDay at night, where it repeats the trading day", () => {
    assert.strictEqual(settle("21:00:00", 20221021, 20221021, "DCE"), "2022-10-20 21:00:00.500 20221021")
    assert.strictEqual(settle("22:59:59", 20221024, 20221024, "DCE"), "2022-10-21 22:59:59.500 20221024")
    assert.strictEqual(settle("01:00:00", 20150112, 20150112, "DCE"), "2015-01-10 01:00:00.500 20150112")
    assert.strictEqual(settle("01:00:00", 20150113, 20150113, "DCE"), "2015-01-13 01:00:00.500 20150113")
    assert.strictEqual(settle("21:00:00", 20221024, 0, "DCE"), "2022-10-21 21:00:00.500 20221024")
  })

  it("finds the day without ActionDay", () => {
    assert.strictEqual(settle("20:59:00", 0, 20171113, "SHFE"), "2017-11-10 20:59:00.500 20171113")
    assert.strictEqual(settle("00:30:00", 0, 20171113, "SHFE"), "2017-11-11 00:30:00.500 20171113")
    assert.strictEqual(settle("02:29:59", 0, 20171114, "SHFE"), "2017-11-14 02:29:59.500 20171114")
    assert.strictEqual(settle("09:00:00", 0, 20171113, "DCE"), "2017-11-13 09:00:00.500 20171113")
    assert.strictEqual(settle("07:10:08", -1, 20141225, "CFFEX"), "2014-12-25 07:10:08.500 20141225")
    assert.strictEqual(settle("21:00:00", 20180231, 20181009, "SHFE"), "2018-10-08 21:00:00.500 20181009")
  })

  it("replaces CZCE's natural TradingDay at night by the login's, or the next weekday", () => {
    assert.strictEqual(settle("21:00:00", 20181012, 20181012, "CZCE", 20181015), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("21:00:00", 20181012, 20181012, "CZCE"), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("21:00:00", 20181008, 20181008, "CZCE"), "2018-10-08 21:00:00.500 20181009")
    assert.strictEqual(settle("00:30:00", 20181013, 20181013, "CZCE"), "2018-10-13 00:30:00.500 20181015")
    assert.strictEqual(settle("10:00:00", 20181012, 20181012, "CZCE", 20181015), "2018-10-12 10:00:00.500 20181012")
    // A closure of a week: only the login gives the day.
    assert.strictEqual(settle("21:00:00", 20240930, 20240930, "CZCE", 20241008), "2024-09-30 21:00:00.500 20241008")
    // A login of this morning, or of another year (a replay), proves nothing about tonight.
    assert.strictEqual(settle("21:00:00", 20181012, 20181012, "CZCE", 20181012), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("21:00:00", 20181012, 20181012, "CZCE", 20261123), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("19:29:00", 20200731, 20200803, "CZCE"), "2020-07-31 19:29:00.500 20200803")
    assert.strictEqual(settle("20:59:00", 0, 20171113, "CZCE", 20171113), "2017-11-10 20:59:00.500 20171113")
  })

  it("works without TradingDay where another field gives it", () => {
    assert.strictEqual(settle("21:00:00", 20181012, 0, "SHFE"), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("21:00:00", 20181012, 0, "SHFE", 20181015), "2018-10-12 21:00:00.500 20181015")
    assert.strictEqual(settle("00:10:00", 20181013, -1, "INE"), "2018-10-13 00:10:00.500 20181015")
    assert.strictEqual(settle("09:10:00", 20181012, 19800100, "INE"), "2018-10-12 09:10:00.500 20181012")
    assert.strictEqual(settle("09:10:00", 0, 0, "INE", 20181012), "2018-10-12 09:10:00.500 20181012")
  })

  it("gives a verdict, not a guess, when there is no time or no day", () => {
    assert.strictEqual(settle("10:00:00", 0, 0, "SHFE"), timeVerdict.noDay)
    assert.strictEqual(settle("10:00:00", -1, 20230229, "SHFE", 19800100), timeVerdict.noDay)
    const verdictOf = (sec: number, ms: number) =>
      resolveTradingTime(sec, ms, 20181012, 20181012, "SHFE", 0, 0, chinaCalendar, out)
    assert.strictEqual(verdictOf(0, 0), timeVerdict.resolved)
    assert.strictEqual(verdictOf(86399, 999), timeVerdict.resolved)
    assert.strictEqual(verdictOf(-1, 0), timeVerdict.emptyTime)
    for (const [sec, ms] of [
      [-2, 0],
      [86400, 0],
      [2147483647, 0],
      [0, -1],
      [0, 1000],
      [Number.NaN, 0]
    ] as const) {
      assert.strictEqual(verdictOf(sec, ms), timeVerdict.impossibleTime, `${sec} ${ms}`)
      assert.isNaN(out.exchangeTimeMs)
      assert.strictEqual(out.tradingDay, 0)
    }
  })

  it("never gives a tick from the future, whatever the fields say, and never throws", () => {
    const exchangeNames: ReadonlyArray<Exchange> = ["CFFEX", "SHFE", "CZCE", "DCE", "INE", "GFEX"]
    let state = 1
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((state / 4_294_967_296) * below)
    }
    const first = epochDayOf(20180901)
    const someDay = () => [0, -1, 19800100, yyyymmddOf(first + random(60))][random(12) < 9 ? 3 : random(4)] as number
    let resolved = 0
    for (let round = 0; round < 50_000; round++) {
      const receiveMs = (first + random(60)) * 86_400_000 + random(86_400_000)
      const [sec, ms] = [random(86_400), random(1000)]
      const exchange = exchangeNames[random(6)] as Exchange
      const [action, trading, login] = [someDay(), someDay(), someDay()]
      const fields = `${exchange} ${sec} ${ms} ${action} ${trading} ${login} ${receiveMs}`
      const verdict = resolveTradingTime(sec, ms, action, trading, exchange, login, receiveMs, chinaCalendar, out)
      if (verdict !== 0) {
        if (verdict !== timeVerdict.noDay) assert.fail(fields)
        continue
      }
      resolved++
      const timeOfDay = (out.exchangeTimeMs + 8 * 3_600_000) % 86_400_000
      if (out.exchangeTimeMs > receiveMs + 300_000) assert.fail(`future: ${fields}`)
      if (timeOfDay !== sec * 1000 + ms) assert.fail(`another time of day: ${fields}`)
      if (epochDayOf(out.tradingDay) < 0) assert.fail(`no trading day: ${fields}`)
      if (out.stale !== out.exchangeTimeMs < receiveMs - 60_000) assert.fail(`stale: ${fields}`)
    }
    assert.isAtLeast(resolved, 40_000)
  })

  it("finds the truth in what each exchange sends, at any moment of any session of ten years", () => {
    const nights: ReadonlyArray<readonly [Exchange, number]> = [
      ["SHFE", 26.5 * 3600],
      ["INE", 26.5 * 3600],
      ["DCE", 26.5 * 3600],
      ["CZCE", 23.5 * 3600],
      ["CFFEX", 0],
      ["GFEX", 0]
    ]
    let checked = 0
    for (let day = epochDayOf(20150105); day < epochDayOf(20261231); day++) {
      if (!chinaCalendar.isTradingDay(day)) continue
      const next = yyyymmddOf(chinaCalendar.tradingDayFrom(day + 1))
      for (const [exchange, nightEnd] of nights) {
        const seconds = [
          9 * 3600,
          15 * 3600,
          ...(nightEnd > 0 && chinaCalendar.hasNight(day) ? [21 * 3600, nightEnd - 1] : [])
        ]
        for (const fromMidnight of seconds) {
          const natural = fromMidnight >= 86_400 ? day + 1 : day
          const sec = fromMidnight % 86_400
          const trading = fromMidnight > 16 * 3600 ? next : yyyymmddOf(day)
          const action = exchange === "DCE" ? trading : yyyymmddOf(natural)
          const sent = exchange === "CZCE" ? yyyymmddOf(natural) : trading
          const truthMs = natural * 86_400_000 + sec * 1000 + 7 - 8 * 3_600_000
          for (const receiveMs of [0, truthMs + 150, truthMs + 40 * 3_600_000]) {
            checked++
            const verdict = resolveTradingTime(sec, 7, action, sent, exchange, 0, receiveMs, chinaCalendar, out)
            if (verdict !== 0 || out.exchangeTimeMs !== truthMs || out.tradingDay !== trading) {
              assert.fail(`${exchange} ${yyyymmddOf(natural)} ${sec} ${receiveMs - truthMs}`)
            }
          }
        }
      }
    }
    assert.isAtLeast(checked, 100_000)
  })

  it("flags what lies outside the calendar, and days that were repaired", () => {
    const at = (time: string, action: number, trading: number, exchange: Exchange) => {
      settle(time, action, trading, exchange)
      return [out.beyondCalendar, out.repaired]
    }
    assert.deepStrictEqual(at("10:00:00", 20270104, 20270104, "SHFE"), [true, false])
    assert.deepStrictEqual(at("10:00:00", 20261231, 20261231, "SHFE"), [false, false])
    assert.deepStrictEqual(at("18:30:00", 20261231, 20270104, "SHFE"), [true, false])
    assert.deepStrictEqual(at("10:00:00", 20071228, 20071228, "SHFE"), [true, false])
    assert.deepStrictEqual(at("21:00:00", 20261123, 20261123, "DCE"), [false, true])
  })

  /** With the rows whose natural day is not their trading day. */
  const recordings: ReadonlyArray<readonly [name: string, exchange: Exchange, slice: number, whole: number]> = [
    ["jt_ru1901_20181008.csv.gz", "SHFE", 150, 14_205],
    ["jt_ru1901_20181009.csv.gz", "SHFE", 40, 13_298],
    ["jt_AP_20200803.csv.gz", "CZCE", 2, 2],
    ["ctpmd_CFFEX_20160811.csv.gz", "CFFEX", 54, 54],
    ["ctpmd_CFFEX_20160815.csv.gz", "CFFEX", 18, 18]
  ]
  it.each(extents)("finds the day that live fronts sent, when it is hidden from it (%s)", (extent) => {
    for (const [name, exchange, slice, whole] of recordings) {
      const { path } = recordingsOf(name).find((file) => file.extent === extent) as { readonly path: string }
      let crossed = 0
      const [header = "", ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n")
      const columns = header.trim().split(",")
      const [tradingAt, timeAt, actionAt] = ["TradingDay", "UpdateTime", "ActionDay"].map((c) =>
        columns.indexOf(c)
      ) as [number, number, number]
      for (const line of lines) {
        const cells = line.trim().split(",")
        const [trading, action, second] = [
          Number(cells[tradingAt]),
          Number(cells[actionAt]),
          secondOf(cells[timeAt] as string)
        ]
        if (action !== trading) crossed++
        const sent = resolveTradingTime(second, 0, action, trading, exchange, 0, 0, chinaCalendar, out)
        const expected = epochDayOf(action) * 86_400_000 + second * 1000 - 8 * 3_600_000
        if (sent !== 0 || out.exchangeTimeMs !== expected || out.tradingDay !== trading) assert.fail(`${name}: ${line}`)
        const hidden = resolveTradingTime(second, 0, 0, trading, exchange, 0, 0, chinaCalendar, out)
        if (hidden !== 0 || out.exchangeTimeMs !== expected || out.tradingDay !== trading)
          assert.fail(`${name}, hidden: ${line}`)
        if (exchange !== "CZCE") continue
        // As a live CZCE front sends it: the natural day in both fields.
        resolveTradingTime(second, 0, action, action, exchange, trading, 0, chinaCalendar, out)
        if (out.exchangeTimeMs !== expected || out.tradingDay !== trading) assert.fail(`${name}, natural: ${line}`)
      }
      assert.strictEqual(crossed, extent === "slice" ? slice : whole, name)
    }
  })
})

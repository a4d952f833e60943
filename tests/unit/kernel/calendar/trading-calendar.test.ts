// A holiday that counts as a trading day is a false alarm at night; the reverse is a feed that rests through a
// session.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  CalendarData,
  calendarFaults,
  closedDaysOf,
  mergeCalendars
} from "../../../../src/kernel/calendar/calendar-data.ts"
import { epochDayOf, isWeekday, yyyymmddOf } from "../../../../src/kernel/calendar/calendar-day.ts"
import { shippedCalendar } from "../../../../src/kernel/calendar/holidays.ts"
import { chinaCalendar, TradingCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import { catalogueJson } from "../../../support/recordings.ts"

/**
 * Evening without a night session, and the day on which trading went on. Typed from the yearly notices of SHFE, INE and
 * DCE (2014 to 2025) and from the State Council's of 2025-11-04 for 2026.
 */
const nightless = `
20131231>20140102 20140130>20140207 20140404>20140408 20140430>20140505 20140530>20140603 20140905>20140909 20140930>20141008
20141231>20150105 20150217>20150225 20150403>20150407 20150430>20150504 20150619>20150623 20150902>20150907 20150925>20150928
20150930>20151008 20151231>20160104 20160205>20160215 20160401>20160405 20160429>20160503 20160608>20160613 20160914>20160919
20160930>20161010 20161230>20170103 20170126>20170203 20170331>20170405 20170428>20170502 20170526>20170531 20170929>20171009
20171229>20180102 20180214>20180222 20180404>20180409 20180427>20180502 20180615>20180619 20180921>20180925 20180928>20181008
20181228>20190102 20190201>20190211 20190404>20190408 20190430>20190506 20190606>20190610 20190912>20190916 20190930>20191008
20191231>20200102 20200123>20200203 20200430>20200506 20200624>20200629 20200930>20201009 20201231>20210104 20210210>20210218
20210402>20210406 20210430>20210506 20210611>20210615 20210917>20210922 20210930>20211008 20211231>20220104 20220128>20220207
20220401>20220406 20220429>20220505 20220602>20220606 20220909>20220913 20220930>20221010 20221230>20230103 20230120>20230130
20230404>20230406 20230428>20230504 20230621>20230626 20230928>20231009 20231229>20240102 20240208>20240219 20240403>20240408
20240430>20240506 20240607>20240611 20240913>20240918 20240930>20241008 20241231>20250102 20250127>20250205 20250403>20250407
20250430>20250506 20250530>20250603 20250930>20251009 20251231>20260105 20260213>20260224 20260403>20260407 20260430>20260506
20260618>20260622 20260924>20260928 20260930>20261008`
  .trim()
  .split(/\s+/)
  .map((pair) => pair.split(">").map(Number) as [number, number])

describe("the shipped calendar", () => {
  it("is a calendar without faults, 2008 until the first days of 2027", () => {
    assert.deepStrictEqual(calendarFaults(shippedCalendar), [])
    assert.deepStrictEqual(Schema.decodeUnknownSync(CalendarData)(shippedCalendar), shippedCalendar)
    assert.deepStrictEqual([chinaCalendar.from, chinaCalendar.through], [20080101, 20270103])
    // 52 or 53 weeks less the holidays: a year with a day too many or too few stands out.
    for (let year = 2008; year <= 2026; year++) {
      const days = chinaCalendar.tradingDaysBetween(year * 10000 + 101, year * 10000 + 1231).length
      assert.isTrue(days >= 238 && days <= 250, `${year}: ${days} trading days`)
    }
    // Counted on wall calendars of the stock exchanges, which close on the same days.
    const count = (year: number) => chinaCalendar.tradingDaysBetween(year * 10000 + 101, year * 10000 + 1231).length
    assert.deepStrictEqual([2018, 2021, 2024].map(count), [243, 243, 242])
  })

  it("has no night session on the evenings that the notices name, and one on every other", () => {
    const resumes = new Map(nightless)
    const suspended = (day: number) => day >= 20200203 && day <= 20200505
    for (let day = epochDayOf(20131231); day <= epochDayOf(20261230); day++) {
      const date = yyyymmddOf(day)
      const resume = resumes.get(date)
      if (resume !== undefined) {
        assert.isTrue(chinaCalendar.isTradingDay(day), `${date} is a trading day`)
        assert.strictEqual(yyyymmddOf(chinaCalendar.tradingDayFrom(day + 1)), resume, `after ${date}`)
      }
      const expected = chinaCalendar.isTradingDay(day) && resume === undefined && !suspended(date)
      assert.strictEqual(chinaCalendar.hasNight(day), expected, `evening of ${date}`)
    }
    assert.isFalse(chinaCalendar.hasNight(epochDayOf(20261231)), "1 January 2027 is a holiday by law")
  })

  it("agrees with WonderTrader's list", () => {
    const { CHINA } = catalogueJson("slice", "wondertrader_holidays.json") as { CHINA: ReadonlyArray<string> }
    const ours = shippedCalendar.years.flatMap(closedDaysOf).filter((day) => day <= 20221007)
    assert.deepStrictEqual(ours, CHINA.map(Number))
  })

  it("never trades on a weekend, worked or not", () => {
    for (const worked of [20260104, 20260214, 20260228, 20260509, 20260920, 20261010, 20250126, 20250928, 20251011]) {
      assert.isFalse(chinaCalendar.isTradingDay(epochDayOf(worked)), String(worked))
    }
  })
})

describe("TradingCalendar", () => {
  it("finds its neighbours as a walk from day to day does", () => {
    const first = epochDayOf(chinaCalendar.from)
    const last = epochDayOf(chinaCalendar.through)
    const open = (day: number) => chinaCalendar.isTradingDay(day)
    for (let day = first + 15; day < last - 15; day++) {
      let from = day
      while (!open(from)) from++
      let until = day
      while (!open(until)) until--
      if (chinaCalendar.tradingDayFrom(day) !== from || chinaCalendar.tradingDayUntil(day) !== until) {
        assert.fail(`neighbours of ${yyyymmddOf(day)}`)
      }
    }
  })

  it("says that it does not know a day, and takes weekdays for trading days there", () => {
    const [inside, behind, before] = [20270103, 20270104, 20071231].map(epochDayOf) as [number, number, number]
    assert.isTrue(chinaCalendar.covers(inside))
    assert.isFalse(chinaCalendar.covers(behind))
    assert.isFalse(chinaCalendar.covers(before))
    for (const day of [20270101, 20270102, 20270103].map(epochDayOf)) {
      assert.strictEqual(yyyymmddOf(chinaCalendar.tradingDayFrom(day)), 20270104)
      assert.strictEqual(yyyymmddOf(chinaCalendar.tradingDayUntil(day)), 20261231)
    }
    assert.strictEqual(yyyymmddOf(chinaCalendar.tradingDayUntil(behind)), 20270104)
    assert.strictEqual(yyyymmddOf(chinaCalendar.tradingDayFrom(epochDayOf(20270109))), 20270111)
    assert.isTrue(chinaCalendar.hasNight(epochDayOf(20270201)))
    assert.isFalse(chinaCalendar.hasNight(epochDayOf(20270206)))
    for (let day = behind; day < behind + 400; day++) {
      assert.strictEqual(chinaCalendar.isTradingDay(day), isWeekday(day))
    }
  })

  it("takes a year in from a file, in place of a part of it", () => {
    const year = { year: 2027, closed: "0101 0208 0209", source: "a test" }
    const merged = mergeCalendars(shippedCalendar, { years: [year], nightless: [] })
    assert.deepStrictEqual(calendarFaults(merged), [])
    const calendar = new TradingCalendar(merged)
    assert.strictEqual(calendar.through, 20271231)
    assert.isFalse(calendar.isTradingDay(epochDayOf(20270208)))
    assert.strictEqual(yyyymmddOf(calendar.tradingDayFrom(epochDayOf(20270206))), 20270210)
    assert.isFalse(calendar.hasNight(epochDayOf(20270205)))
    assert.strictEqual(yyyymmddOf(calendar.tradingDayUntil(epochDayOf(20270103))), 20261231)
  })

  it("names what is wrong with a calendar", () => {
    const faultsOf = (closed: string, through?: string) =>
      calendarFaults({
        years: [{ year: 2027, closed, ...(through === undefined ? {} : { through }), source: "a test" }],
        nightless: []
      }).join("; ")
    assert.include(faultsOf("0102"), "20270102 is a Saturday or Sunday")
    assert.include(faultsOf("0229"), "20270229 is not a date")
    assert.include(faultsOf("0104 0101"), "20270101 follows 20270104")
    assert.include(faultsOf("0104", "0103"), "20270104 is after the end of its year")
    assert.include(faultsOf("", "1301"), "through 1301 is not a date")
    assert.strictEqual(faultsOf("0101 0104"), "")
    assert.include(calendarFaults({ years: [], nightless: [] }).join(), "no year")
    const gap = {
      years: [
        { year: 2020, closed: "", source: "" },
        { year: 2022, closed: "", source: "" }
      ],
      nightless: []
    }
    assert.include(calendarFaults(gap).join(), "year 2022 follows 2020")
    const evening = { years: shippedCalendar.years, nightless: [{ from: 20260102, through: 20260101, source: "" }] }
    assert.include(calendarFaults(evening).join(), "is not a range of days")
  })
})

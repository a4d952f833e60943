// The trading day is a part of each order's id, and sessions decide when a quote is stale: an hour wrong for a week in
// March would double orders or stop trading.
import { assert, describe, it } from "@effect/vitest"
import { newYorkDay, newYorkOffsetMs, newYorkTradingDay } from "../../../../src/kernel/calendar/new-york.ts"

const iso = (ms: number | undefined): string => new Date(ms ?? Number.NaN).toISOString()
const closed = (year: number): ReadonlyArray<string> =>
  Array.from({ length: 366 }, (_, at) => new Date(Date.UTC(year, 0, 1 + at)))
    .filter((date) => date.getUTCFullYear() === year && date.getUTCDay() % 6 !== 0)
    .map((date) => date.toISOString().slice(0, 10))
    .filter((day) => newYorkDay(day) === undefined)
const early = (year: number): ReadonlyArray<string> =>
  Array.from({ length: 366 }, (_, at) => new Date(Date.UTC(year, 0, 1 + at)).toISOString().slice(0, 10)).filter(
    (day) => {
      const session = newYorkDay(day)
      return session !== undefined && session.close - session.open < 6 * 3_600_000
    }
  )

describe("newYorkDay", () => {
  // The lists that the exchange published.
  it.each([
    [2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"],
    [2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"],
    [2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25", "11-27 12-24"],
    [2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24", "11-26"],
    [2028, "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"]
  ])("%i: closed days and early closes", (year, holidays, short) => {
    assert.deepStrictEqual(
      closed(year),
      holidays.split(" ").map((day) => `${year}-${day}`)
    )
    assert.deepStrictEqual(
      early(year),
      short.split(" ").map((day) => `${year}-${day}`)
    )
  })

  it("opens at 09:30 of New York on both sides of a change of the clock", () => {
    assert.strictEqual(iso(newYorkDay("2026-03-06")?.open), "2026-03-06T14:30:00.000Z")
    assert.strictEqual(iso(newYorkDay("2026-03-09")?.open), "2026-03-09T13:30:00.000Z")
    assert.strictEqual(iso(newYorkDay("2026-10-30")?.close), "2026-10-30T20:00:00.000Z")
    assert.strictEqual(iso(newYorkDay("2026-11-02")?.close), "2026-11-02T21:00:00.000Z")
    assert.strictEqual(iso(newYorkDay("2026-11-27")?.close), "2026-11-27T18:00:00.000Z")
  })

  it("has the offset that the zone's own data has, for each hour of two years", () => {
    const zone = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", timeZoneName: "longOffset" })
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 3_600_000) {
      const name = zone.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value
      assert.strictEqual(`GMT-0${newYorkOffsetMs(at) / 3_600_000}:00`, name, iso(at))
    }
  })

  it.each(["2026-02-30", "", "x", "2026-11-28"])("knows no session on %j", (day) => assert.isUndefined(newYorkDay(day)))
})

describe("newYorkTradingDay", () => {
  it.each([
    ["2026-11-25T20:59:59Z", "2026-11-25"],
    // After the close of Wednesday: Thanksgiving is skipped.
    ["2026-11-25T21:00:00Z", "2026-11-27"],
    ["2026-11-27T18:00:00Z", "2026-11-30"],
    ["2026-11-30T04:59:00Z", "2026-11-30"]
  ])("at %s it is %s", (at, day) => assert.strictEqual(newYorkTradingDay(Date.parse(at)).day, day))
})

// A daemon that never came up says nothing: Prometheus must know from the last one when the market opens next, and a
// holiday must not be taken for a trading day.
import { assert, describe, it } from "vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../../src/kernel/calendar/trading-sessions.ts"
import { shanghaiIso } from "../../../../../src/kernel/time/shanghai-time.ts"
import { calendarMarketHours } from "../../../../../src/market/application/silence/calendar-market-hours.ts"
import {
  makePlannedSections,
  plannedSections,
  sectionsMost
} from "../../../../../src/market/application/silence/planned-sections.ts"
import { alwaysTrading, type MarketHours } from "../../../../../src/market/ports/market-hours.ts"

const rb = () => calendarMarketHours(new TradingSessions(chinaCalendar), [{ exchange: "SHFE", product: "rb" }])
const at = (text: string) => Date.parse(`${text}:00+08:00`)
const shown = (text: string, hours: MarketHours = rb()) =>
  plannedSections(hours, at(text)).map(
    ({ closeMs, openMs }) => `${shanghaiIso(openMs).slice(5, 16)} ${shanghaiIso(closeMs).slice(11, 16)}`
  )

describe("the planned sections", () => {
  it("are the present one, breaks and lunch left out, and those that follow", () => {
    const sections = shown("2026-11-24T09:30")
    assert.lengthOf(sections, sectionsMost)
    assert.deepStrictEqual(sections.slice(0, 6), [
      "11-24T09:30 10:15",
      "11-24T10:30 11:30",
      "11-24T13:30 15:00",
      "11-24T21:00 23:00",
      "11-25T09:00 10:15",
      "11-25T10:30 11:30"
    ])
  })

  it("leave out a holiday and the night before it", () => {
    assert.deepStrictEqual(shown("2026-09-30T15:30").slice(0, 2), ["10-08T09:00 10:15", "10-08T10:30 11:30"])
  })

  it("are none in a market without a close, and none behind the end of the calendar", () => {
    assert.deepStrictEqual(shown("2026-11-24T09:30", alwaysTrading), [])
    const hours = rb()
    const ended = { ...hours, certainAt: (atMs: number) => atMs < at("2026-11-25T00:00") }
    assert.deepStrictEqual(shown("2026-11-24T15:30", ended), ["11-24T21:00 23:00"])
  })

  it("are looked up again when a minute has passed", () => {
    let nowMs = at("2026-11-24T10:14")
    const sections = makePlannedSections(rb(), () => nowMs)
    const first = sections()
    nowMs += 59_000
    assert.strictEqual(sections(), first)
    nowMs += 61_000
    assert.strictEqual(sections()[0]?.openMs, at("2026-11-24T10:30"))
  })
})

// A replay at recorded speed must feel like the day itself, without waiting through lunch or running backwards.
import { assert, describe, it } from "@effect/vitest"
import { yyyymmddOf } from "../../../../src/kernel/calendar/calendar-day.ts"
import { tradingDayAt } from "../../../../src/simulator/market/trading-day.ts"
import { replayGapMs } from "../../../../src/simulator/replay/replay-timeline.ts"

const at = (hours: number, minutes = 0, seconds = 0) => ((hours * 60 + minutes) * 60 + seconds) * 1000

describe("replay timeline", () => {
  it("divides recorded gaps by the speed", () => {
    assert.strictEqual(replayGapMs(at(9), at(9) + 500, 1), 500)
    assert.strictEqual(replayGapMs(at(9), at(9) + 500, 10), 50)
    assert.strictEqual(replayGapMs(at(9), at(9, 5), 1), 300_000)
  })
  it("crosses midnight and lets a row from the past follow at once", () => {
    assert.strictEqual(replayGapMs(at(23, 59, 59), at(0, 0, 1), 1), 2_000)
    assert.strictEqual(replayGapMs(at(9, 0, 1), at(9), 1), 0)
  })
  it("shortens breaks of the session to a second", () => {
    assert.strictEqual(replayGapMs(at(11, 30), at(13, 30), 1), 1_000)
    assert.strictEqual(replayGapMs(at(2, 30), at(9), 1), 1_000)
    assert.strictEqual(replayGapMs(at(15), at(21), 100_000), 216)
    assert.strictEqual(replayGapMs(at(15), at(8, 59), 1), 1_000)
  })
  it("does not wait where a row has no time", () => {
    assert.strictEqual(replayGapMs(-1, at(9), 1), 0)
    assert.strictEqual(replayGapMs(at(9), -1, 1), 0)
  })
})

describe("trading day by the clock", () => {
  const day = (utc: string) => String(yyyymmddOf(tradingDayAt(Date.parse(utc))))
  it("is the next one from the night session on, and Monday over the weekend", () => {
    assert.strictEqual(day("2026-11-19T06:00:00Z"), "20261119") // Thursday 14:00
    assert.strictEqual(day("2026-11-19T13:00:00Z"), "20261120") // Thursday 21:00
    assert.strictEqual(day("2026-11-19T17:00:00Z"), "20261120") // Friday 01:00
    assert.strictEqual(day("2026-11-20T13:00:00Z"), "20261123") // Friday 21:00
    assert.strictEqual(day("2026-11-20T18:00:00Z"), "20261123") // Saturday 02:00
    assert.strictEqual(day("2026-11-22T02:00:00Z"), "20261123") // Sunday
  })
})

// The hourly check runs around the clock: outside trading hours it must end quietly, and inside it must not.
import { assert, describe, it } from "vitest"
import { isTradingNow } from "../../../../src/cli/health/trading-now.ts"

describe("trading now", () => {
  it.each([
    ["2026-11-30T09:05:00+08:00", true, "Monday morning"],
    ["2026-11-30T10:20:00+08:00", true, "the bonds have no break"],
    ["2026-11-30T12:05:00+08:00", false, "the lunch break"],
    ["2026-11-30T15:10:00+08:00", true, "the bonds trade until 15:15"],
    ["2026-11-30T16:05:00+08:00", false, "between day and night"],
    ["2026-12-01T02:05:00+08:00", true, "gold in the night"],
    ["2026-12-01T02:35:00+08:00", false, "after the night"],
    ["2026-11-28T10:05:00+08:00", false, "Saturday"],
    ["2026-10-01T10:05:00+08:00", false, "National Day"],
    ["2026-09-30T21:05:00+08:00", false, "no night before a holiday"],
    ["2099-11-30T10:05:00+08:00", true, "beyond the calendar, by the hour"],
    ["2099-11-30T17:05:00+08:00", false, "beyond the calendar, by the hour"]
  ])("%s is %s: %s", (time, expected) => assert.strictEqual(isTradingNow(Date.parse(time)), expected))
})

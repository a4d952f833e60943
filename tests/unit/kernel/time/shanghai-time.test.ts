// Ticks, logs and calendars must agree on what the time is in China: all of them take it from here.
import { assert, describe, it } from "@effect/vitest"
import {
  dayMs,
  shanghaiDay,
  shanghaiIso,
  shanghaiMidnightMs,
  shanghaiTimeOfDayMs
} from "../../../../src/kernel/time/shanghai-time.ts"

const china = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" })

describe("time in Shanghai", () => {
  const moments = ["2026-11-20T15:59:59.999Z", "2026-11-20T16:00:00.000Z", "1992-07-01T03:04:05.006Z"].map(Date.parse)

  it("is what the time-zone data base says", () => {
    for (const moment of moments) {
      assert.strictEqual(shanghaiIso(moment).slice(0, 19).replace("T", " "), china.format(moment))
      assert.match(shanghaiIso(moment), /\.\d{3}\+08:00$/)
      assert.strictEqual(Date.parse(shanghaiIso(moment)), moment)
    }
  })

  it("splits a moment into its day and its time of day", () => {
    for (const moment of moments) {
      assert.strictEqual(shanghaiMidnightMs(shanghaiDay(moment)) + shanghaiTimeOfDayMs(moment), moment)
      assert.isAtLeast(shanghaiTimeOfDayMs(moment), 0)
      assert.isBelow(shanghaiTimeOfDayMs(moment), dayMs)
    }
    assert.strictEqual(shanghaiDay(moments[1] as number), shanghaiDay(moments[0] as number) + 1)
  })
})

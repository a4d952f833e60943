// A day that begins too early forgives the losses of the one before.
import { assert, it } from "@effect/vitest"
import { lossDayOf } from "../../../../../src/trading/domain/safety/loss-day.ts"

it.each([
  ["before the pre-market, of Friday", "2026-11-30T08:59:59Z", "2026-11-27"],
  ["at the pre-market", "2026-11-30T09:00:00Z", "2026-11-30"],
  ["after the close", "2026-11-30T22:00:00Z", "2026-11-30"],
  ["past midnight in New York", "2026-12-01T06:00:00Z", "2026-11-30"],
  ["on Thanksgiving", "2026-11-26T15:00:00Z", "2026-11-25"],
  ["on Sunday in summer", "2026-07-12T15:00:00Z", "2026-07-10"],
  ["at the pre-market in summer", "2026-07-13T08:00:00Z", "2026-07-13"]
])("%s", (_, at, day) => assert.strictEqual(lossDayOf(Date.parse(at))?.day, day))

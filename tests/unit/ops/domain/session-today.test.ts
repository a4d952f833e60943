// A start on a holiday must do nothing and say so, and a night session goes on after midnight, on Saturday too.
import { assert, it } from "@effect/vitest"
import { chinaCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import type { Window } from "../../../../src/ops/domain/runbook-words.ts"
import { missedSession } from "../../../../src/ops/domain/session-today.ts"

const of = (window: Window, text: string) => missedSession(chinaCalendar, window, Date.parse(`${text}+08:00`))

it("the day window has a session on a trading day, at any hour", () => {
  for (const time of ["00:30", "08:45", "15:30", "23:59"]) assert.isUndefined(of("day", `2026-11-30T${time}:00`))
  assert.strictEqual(of("day", "2026-11-28T08:45:00"), "20261128 is no trading day: the next one is 20261130")
  assert.strictEqual(of("day", "2026-10-01T08:45:00"), "20261001 is no trading day: the next one is 20261008")
})

it("a night session belongs to its evening, until six in the morning", () => {
  assert.isUndefined(of("night", "2026-11-27T20:45:00"), "Friday evening")
  assert.isUndefined(of("night", "2026-11-28T02:10:00"), "the same session, on Saturday")
  assert.include(of("night", "2026-11-28T20:45:00"), "The evening of 20261128 has no night session")
  assert.include(of("night", "2026-11-30T01:00:00"), "The evening of 20261129 has no night session")
  assert.isUndefined(of("night", "2026-11-30T06:00:00"), "the evening of this Monday")
  assert.include(of("night", "2026-09-30T20:45:00"), "no night session", "before the holidays of October")
})

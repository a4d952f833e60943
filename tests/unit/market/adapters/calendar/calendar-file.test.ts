// A host must learn the next year without a new version, and a mistake in that file must not become a wrong holiday.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Console, Effect, Option } from "effect"
import { renderReport, runCalendarShow } from "../../../../../src/app/calendar.ts"
import { epochDayOf } from "../../../../../src/kernel/calendar/calendar-day.ts"
import { TradingCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { readCalendarFile } from "../../../../../src/market/adapters/calendar/calendar-file.ts"
import { invocation } from "../../../../support/invocation.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-calendar-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileWith = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe("a calendar file", () => {
  it.effect("adds a year behind the shipped ones", () =>
    Effect.gen(function* () {
      const file = fileWith(
        "2027.json",
        JSON.stringify({ years: [{ year: 2027, closed: "0101 0208", source: "notice of 2026" }], nightless: [] })
      )
      const calendar = new TradingCalendar(yield* readCalendarFile(file))
      assert.deepStrictEqual([calendar.from, calendar.through], [20080101, 20271231])
      assert.isFalse(calendar.isTradingDay(epochDayOf(20270208)))
      assert.isFalse(calendar.isTradingDay(epochDayOf(20261001)))
    })
  )

  const cases: ReadonlyArray<readonly [name: string, text: string, code: string, says: string]> = [
    ["words.json", "closed on Mondays", "CALENDAR_NOT_JSON", "is not JSON"],
    ["shape.json", '{"years":[{"year":2027}],"nightless":[]}', "CALENDAR_INVALID", "closed"],
    [
      "weekend.json",
      '{"years":[{"year":2027,"closed":"0102","source":"x"}],"nightless":[]}',
      "CALENDAR_INVALID",
      "20270102 is a Saturday or Sunday"
    ],
    [
      "hole.json",
      '{"years":[{"year":2029,"closed":"0101","source":"x"}],"nightless":[]}',
      "CALENDAR_INVALID",
      "year 2029 follows 2027"
    ],
    [
      "partial.json",
      '{"years":[{"year":2028,"closed":"0103","source":"x"}],"nightless":[]}',
      "CALENDAR_INVALID",
      'remove its "through"'
    ]
  ]
  for (const [name, text, code, says] of cases) {
    it.effect(`${name} is refused with ${code}`, () =>
      Effect.gen(function* () {
        const file = fileWith(name, text)
        const error = yield* Effect.flip(readCalendarFile(file))
        assert.strictEqual(error.code, code)
        assert.include(error.message, file)
        assert.include(error.message, says)
      })
    )
  }

  it.effect("that is missing is named", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readCalendarFile(join(folder, "nowhere.json")))
      assert.strictEqual(error.code, "CALENDAR_MISSING")
    })
  )
})

describe("tickd calendar", () => {
  const rendered = (day: string) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const log = { ...console, log: (line: string) => void lines.push(line) } as Console.Console
      const show = { day: Option.some(day), product: "rb", file: Option.none(), json: false }
      const exit = yield* runCalendarShow(show).pipe(
        Effect.provideService(Console.Console, log),
        Effect.provide(invocation()),
        Effect.result
      )
      return { text: lines.join("\n"), code: exit._tag === "Failure" ? exit.failure.code : "ok" }
    })

  it.effect("U12: a day that the calendar does not cover is UNKNOWN first, and the verb fails", () =>
    Effect.gen(function* () {
      const unknown = yield* rendered("20300102")
      assert.match(
        unknown.text,
        /^20300102 Wednesday {2}UNKNOWN: trading day or holiday {2}night session unknown {2}next trading day unknown\n/
      )
      assert.notMatch(unknown.text, /Wednesday {2}trading day/)
      assert.include(unknown.text, "SHFE.rb, if it is a trading day")
      assert.strictEqual(unknown.code, "CALENDAR_DAY_UNKNOWN")
      const weekend = yield* rendered("20300105")
      assert.match(weekend.text, /^20300105 Saturday {2}closed {2}no night session {2}next trading day unknown\n/)
      assert.strictEqual(weekend.code, "ok")
      const covered = yield* rendered("20261130")
      assert.match(
        covered.text,
        /^20261130 Monday {2}trading day {2}night session in the evening {2}next trading day 20261201\n/
      )
      assert.strictEqual(covered.code, "ok")
    })
  )

  it("puts years of one source on one line", () => {
    const report = renderReport({
      ok: true,
      today: "20261121",
      from: "20080101",
      through: "20270103",
      days_left: 43,
      faults: [],
      sources: [
        { year: 2008, source: "a list" },
        { year: 2009, source: "a list" },
        { year: 2010, source: "a notice" }
      ]
    })
    assert.deepStrictEqual(report.split("\n").slice(1), ["  2008 to 2009  a list", "  2010  a notice", "OK"])
  })
})

import { readFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { CalendarData, calendarFaults, mergeCalendars } from "../../../kernel/calendar/calendar-data.ts"
import { shippedCalendar } from "../../../kernel/calendar/holidays.ts"
import { cureOf, isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { CalendarError } from "../../ports/trading-calendar.ts"

const decode = Schema.decodeUnknownEffect(CalendarData)

/**
 * The shipped calendar, with years added or replaced by a JSON file: so a host can know the next year before a
 * new version of tickd does. The file has the shape of `CalendarData`; `nightless` may be empty.
 * Errors: CALENDAR_MISSING, _UNREADABLE, _NOT_JSON, _INVALID (a wrong shape, or impossible days).
 */
export const readCalendarFile = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<CalendarData, CalendarError> {
  const fail = (code: CalendarError["code"], message: string) => new CalendarError({ code, source: file, message })
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) =>
      isMissing(cause)
        ? fail("CALENDAR_MISSING", `The calendar file ${file} does not exist: give the path of a JSON file.`)
        : fail(
            "CALENDAR_UNREADABLE",
            `The calendar file ${file} cannot be read (${systemCodeOf(cause)}): ${cureOf(cause, "make it readable")}.`
          )
  })
  const json = yield* Effect.try({
    try: () => JSON.parse(text.replace(/^\uFEFF/, "")) as unknown,
    catch: (cause) =>
      fail(
        "CALENDAR_NOT_JSON",
        `The calendar file ${file} is not JSON (${(cause as SyntaxError).message}): see docs/reference/trading-time.md.`
      )
  })
  const news = yield* decode(json).pipe(
    Effect.mapError((error) =>
      fail("CALENDAR_INVALID", `The calendar file ${file} has another shape (${error.message.split("\n").join(" ")}).`)
    )
  )
  const merged = mergeCalendars(shippedCalendar, news)
  const faults = [...calendarFaults({ ...news, nightless: news.nightless }), ...calendarFaults(merged)]
  if (faults.length > 0) {
    return yield* fail(
      "CALENDAR_INVALID",
      `The calendar file ${file} cannot be used: ${[...new Set(faults)].join("; ")}.`
    )
  }
  return merged
})

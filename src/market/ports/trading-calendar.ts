import { Schema } from "effect"

/**
 * Why a calendar file cannot be used. `message` is one sentence that names the file and the fix; `code` is stable. A
 * calendar is read once, at the start: every read gives the same result until an operator changes the file.
 */
export class CalendarError extends Schema.TaggedError<CalendarError>()("CalendarError", {
  code: Schema.Literals(["CALENDAR_MISSING", "CALENDAR_UNREADABLE", "CALENDAR_NOT_JSON", "CALENDAR_INVALID"]),
  source: Schema.String,
  message: Schema.String
}) {}

import { Schema } from "effect"

/**
 * Why a calendar file could not be used. `message` is one sentence that names the file and the fix; `code` is stable.
 * A calendar is read once, at the start: reading it again gives the same answer until somebody changes the file.
 */
export class CalendarError extends Schema.TaggedError<CalendarError>()("CalendarError", {
  code: Schema.Literals(["CALENDAR_MISSING", "CALENDAR_UNREADABLE", "CALENDAR_NOT_JSON", "CALENDAR_INVALID"]),
  source: Schema.String,
  message: Schema.String
}) {}

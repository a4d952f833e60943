import { Effect } from "effect"
import { chinaCalendar, TradingCalendar } from "../kernel/calendar/trading-calendar.ts"
import { readCalendarFile } from "../market/adapters/calendar/calendar-file.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"

/**
 * The calendar of a daemon: the shipped one, with the years of `file` (`TICKD_CALENDAR`) added when it is set.
 * Errors: `UserError` with the code of the `CalendarError`. There is no fallback to the shipped calendar, because it
 * may lack the holidays of the file.
 */
export const readCalendar = (file: string | undefined): Effect.Effect<TradingCalendar, UserError> =>
  file === undefined
    ? Effect.succeed(chinaCalendar)
    : readCalendarFile(file).pipe(
        Effect.map((data) => new TradingCalendar(data)),
        Effect.mapError(
          ({ code, message }) =>
            new UserError({ code, message: `TICKD_CALENDAR: ${message}`, exitCode: exitCodes.configuration })
        )
      )

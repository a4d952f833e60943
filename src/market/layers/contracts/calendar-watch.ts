import { epochDayOf } from "../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { shanghaiDay } from "../../../kernel/time/shanghai-time.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/** A start warns from this many days on, as `tickd calendar check` does: time enough to write the file. */
const daysNeeded = 14
const fix =
  "set TICKD_CALENDAR to a JSON file with the coming year, or update tickd (docs/reference/trading-time.md, Refresh)"

/**
 * Warns that the calendar is too short: now, when it ends soon, and then once a day in Shanghai, whatever the feed,
 * when a tick lies outside it. How many do is counted, not logged.
 */
export const makeCalendarWatch = (options: {
  readonly calendar: TradingCalendar
  readonly log: Pick<DaemonLog, "write">
  readonly nowMs: () => number
}) => {
  const { calendar, log } = options
  const { from, through } = calendar
  const today = () => shanghaiDay(options.nowMs())
  const daysLeft = epochDayOf(through) - today()
  if (daysLeft < daysNeeded) {
    const ends = daysLeft < 0 ? "ended" : "ends"
    log.write("WARNING", `the trading calendar ${ends} on ${through}, holidays behind it are not known: ${fix}`, {
      event: "calendar_ends_soon",
      through,
      days_left: daysLeft
    })
  }
  let warnedDay = Number.NEGATIVE_INFINITY
  return {
    /** A feed had ticks outside the calendar. */
    noteTickBeyond: (feed: string): void => {
      const day = today()
      if (day === warnedDay) return
      warnedDay = day
      log.write("WARNING", `ticks lie outside the trading calendar, ${from} to ${through}: ${fix}`, {
        event: "beyond_calendar",
        feed,
        from,
        through
      })
    }
  }
}

import { Clock, Console, Effect, Option } from "effect"
import {
  type CalendarCheck,
  type CalendarDay,
  type CalendarReport,
  type CalendarShow,
  refreshAdvice,
  renderDay,
  renderReport
} from "../cli/calendar.ts"
import { type CalendarData, calendarFaults } from "../kernel/calendar/calendar-data.ts"
import { epochDayOf, yyyymmddOf } from "../kernel/calendar/calendar-day.ts"
import { shippedCalendar } from "../kernel/calendar/closed-days.ts"
import { SessionPlan } from "../kernel/calendar/session-plan.ts"
import { TradingCalendar } from "../kernel/calendar/trading-calendar.ts"
import { exchangeOfProduct, productsByExchange } from "../kernel/instrument/product-exchange.ts"
import { shanghaiDay } from "../kernel/time/shanghai-time.ts"
import { readCalendarFile } from "../market/adapters/calendar/calendar-file.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const

/** A file is given by a flag, so that it can be checked before anything runs on it. */
const dataOf = (file: Option.Option<string>): Effect.Effect<CalendarData, UserError> =>
  Option.isNone(file)
    ? Effect.succeed(shippedCalendar)
    : Effect.mapError(
        readCalendarFile(file.value),
        ({ code, message }) => new UserError({ code, message, exitCode: exitCodes.badInput })
      )

const today = Effect.map(Clock.currentTimeMillis, shanghaiDay)

const clockText = (second: number) =>
  `${String(Math.floor(second / 3600)).padStart(2, "0")}:${String(Math.floor(second / 60) % 60).padStart(2, "0")}`

/** `tickd calendar show`: fails with exit code 1 for a day that the calendar does not know. */
export const runCalendarShow = Effect.fnUntraced(function* (options: CalendarShow) {
  const calendar = new TradingCalendar(yield* dataOf(options.file))
  const day = Option.isNone(options.day) ? yield* today : epochDayOf(Number(options.day.value))
  if (day < 0) {
    return yield* new UserError({
      code: "NO_SUCH_DAY",
      exitCode: exitCodes.wrongUse,
      message: `${Option.getOrElse(options.day, () => "")} is no day: write yyyymmdd, 1990 to 2099.`
    })
  }
  const exchange = exchangeOfProduct(options.product)
  if (exchange === undefined) {
    return yield* new UserError({
      code: "UNKNOWN_PRODUCT",
      exitCode: exitCodes.wrongUse,
      message: `No exchange lists ${options.product}: write the letters as the exchange does (rb, IF, SR; capitals count). Known: ${Object.values(productsByExchange).join(" ")}.`
    })
  }
  const plan = new SessionPlan(exchange, options.product)
  const weekday = (day + 4) % 7
  const known = calendar.covers(day) || weekday === 0 || weekday === 6
  const next = calendar.tradingDayFrom(day + 1)
  const shown: CalendarDay = {
    day: String(yyyymmddOf(day)),
    weekday: weekdays[weekday] as string,
    known,
    trading_day: known ? calendar.isTradingDay(day) : null,
    night_session: known ? plan.nightOf(day, calendar) !== undefined : null,
    next_trading_day: calendar.covers(next) ? String(yyyymmddOf(next)) : null,
    product: options.product,
    exchange,
    hours_assumed: plan.assumed,
    phases: plan.stepsOf(day, calendar).map(({ second, phase }) => ({ at: clockText(second), phase })),
    beyond_calendar: !calendar.covers(day),
    calendar: { from: String(calendar.from), through: String(calendar.through) }
  }
  yield* Console.log(options.json ? JSON.stringify(shown) : renderDay(shown))
  if (!known) {
    return yield* new UserError({
      code: "CALENDAR_DAY_UNKNOWN",
      exitCode: exitCodes.checkFailed,
      message: `Whether ${shown.day} is a trading day is unknown, the calendar covers ${calendar.from} to ${calendar.through}: ${refreshAdvice}.`
    })
  }
})

/** `tickd calendar check`: fails with exit code 1 when the calendar has faults or ends too soon. */
export const runCalendarCheck = Effect.fnUntraced(function* (options: CalendarCheck) {
  const data = yield* dataOf(options.file)
  const calendar = new TradingCalendar(data)
  const now = yield* today
  const daysLeft = epochDayOf(calendar.through) - now
  const faults = [...calendarFaults(data)]
  if (daysLeft < options.needDays) {
    faults.push(`the calendar ends on ${calendar.through}, ${daysLeft} days from today: ${refreshAdvice}`)
  }
  const report: CalendarReport = {
    ok: faults.length === 0,
    today: String(yyyymmddOf(now)),
    from: String(calendar.from),
    through: String(calendar.through),
    days_left: daysLeft,
    faults,
    sources: data.years.map(({ year, source }) => ({ year, source }))
  }
  yield* Console.log(options.json ? JSON.stringify(report) : renderReport(report))
  if (!report.ok) {
    return yield* new UserError({
      code: "CALENDAR_NOT_OK",
      exitCode: exitCodes.checkFailed,
      message: `The calendar must be refreshed: ${faults[0] ?? ""}.`
    })
  }
})

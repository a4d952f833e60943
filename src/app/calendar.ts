import { Clock, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { present } from "../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../cli/terminal/flags.ts"
import { type CalendarData, calendarFaults } from "../kernel/calendar/calendar-data.ts"
import { epochDayOf, yyyymmddOf } from "../kernel/calendar/calendar-day.ts"
import { shippedCalendar } from "../kernel/calendar/holidays.ts"
import type { MarketPhase } from "../kernel/calendar/market-phase.ts"
import { SessionPlan } from "../kernel/calendar/session-plan.ts"
import { TradingCalendar } from "../kernel/calendar/trading-calendar.ts"
import { exchangeOfProduct, productsByExchange } from "../kernel/instrument/product-exchange.ts"
import { shanghaiDay } from "../kernel/time/shanghai-time.ts"
import { readCalendarFile } from "../market/adapters/calendar/calendar-file.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"

interface CalendarShow {
  /** yyyymmdd; none: today in Shanghai. */
  readonly day: Option.Option<string>
  readonly product: string
  readonly file: Option.Option<string>
  readonly json: boolean
}

interface CalendarCheck {
  readonly file: Option.Option<string>
  readonly needDays: number
  readonly json: boolean
}

/** One natural day as a product sees it. Times are Asia/Shanghai, `HH:MM`. */
interface CalendarDay {
  readonly day: string
  readonly weekday: string
  /** False on a weekday that the calendar does not cover: it may be a holiday. */
  readonly known: boolean
  /** Null: not known. */
  readonly trading_day: boolean | null
  readonly night_session: boolean | null
  readonly next_trading_day: string | null
  readonly product: string
  readonly exchange: string
  readonly hours_assumed: boolean
  readonly phases: ReadonlyArray<{ readonly at: string; readonly phase: MarketPhase }>
  readonly beyond_calendar: boolean
  readonly calendar: { readonly from: string; readonly through: string }
}

/** What `tickd calendar check` found. `ok` false: exit code 1. */
interface CalendarReport {
  readonly ok: boolean
  readonly today: string
  readonly from: string
  readonly through: string
  /** Days left in the calendar, today not counted; negative after its end. */
  readonly days_left: number
  readonly faults: ReadonlyArray<string>
  readonly sources: ReadonlyArray<{ readonly year: number; readonly source: string }>
}

const renderDay = (day: CalendarDay): string => {
  const said = (value: boolean | null, yes: string, no: string, unknown: string) =>
    value === null ? unknown : value ? yes : no
  return [
    [
      `${day.day} ${day.weekday}`,
      said(day.trading_day, "trading day", "closed", "UNKNOWN: trading day or holiday"),
      said(day.night_session, "night session in the evening", "no night session", "night session unknown"),
      `next trading day ${day.next_trading_day ?? "unknown"}`
    ].join("  "),
    ...(day.beyond_calendar
      ? [`  outside the calendar (${day.calendar.from} to ${day.calendar.through}): holidays are not known`]
      : []),
    `${day.exchange}.${day.product}${day.hours_assumed ? " (in no list: the widest hours of its exchange)" : ""}${day.known ? "" : ", if it is a trading day"}`,
    ...day.phases.map(({ at, phase }) => `  ${at}  ${phase}`)
  ].join("\n")
}

/** Consecutive years with the same source share one line. */
const sourceLines = (sources: CalendarReport["sources"]): ReadonlyArray<string> =>
  sources.flatMap(({ year, source }, index) => {
    if (sources[index - 1]?.source === source) return []
    const next = sources.findIndex((later, at) => at > index && later.source !== source)
    const last = sources[(next < 0 ? sources.length : next) - 1]?.year ?? year
    return [`  ${last === year ? String(year) : `${year} to ${last}`}  ${source}`]
  })

export const renderReport = (report: CalendarReport): string =>
  [
    `calendar ${report.from} to ${report.through}, ${report.days_left} days left from ${report.today}`,
    ...sourceLines(report.sources),
    ...report.faults.map((fault) => `NOT OK: ${fault}`),
    ...(report.ok ? ["OK"] : [])
  ].join("\n")

/** What an operator does when the calendar ends. */
const refreshAdvice =
  "add the coming year to a JSON file when the exchanges have published it (late December) and give it with --file; docs/reference/trading-time.md, Refresh"

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const

/** The file is a flag here, so that an operator can check it before a daemon uses it. */
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
      message: `${Option.getOrElse(options.day, () => "")} is not a day: write yyyymmdd, 1990 to 2099.`
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
  yield* present(options.json, shown, renderDay)
  if (!known) {
    return yield* new UserError({
      code: "CALENDAR_DAY_UNKNOWN",
      exitCode: exitCodes.checkFailed,
      message: `Whether ${shown.day} is a trading day is unknown, the calendar covers ${calendar.from} to ${calendar.through}: ${refreshAdvice}.`
    })
  }
})

/** `tickd calendar check`: fails with exit code 1 when the calendar has faults or ends too soon. */
const runCalendarCheck = Effect.fnUntraced(function* (options: CalendarCheck) {
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
  yield* present(options.json, report, renderReport)
  if (!report.ok) {
    return yield* new UserError({
      code: "CALENDAR_NOT_OK",
      exitCode: exitCodes.checkFailed,
      message: `The calendar must be refreshed: ${faults[0] ?? ""}.`
    })
  }
})

const fileFlag = Flag.String("file").pipe(
  Flag.withDescription("JSON file with more years, see docs/reference/trading-time.md"),
  Flag.optional
)

const dayText = "Natural day, yyyymmdd or yyyy-mm-dd (default: today in Shanghai)"
const compactDay = (text: string) =>
  /^\d{4}-?\d\d-?\d\d$/.test(text) ? Option.some(text.replaceAll("-", "")) : Option.none()

const dayFlag = Flag.String("day").pipe(
  Flag.withDescription("The same as the argument"),
  Flag.filterMap(compactDay, () => "a day such as 20261123"),
  Flag.optional
)

const dayArgument = Argument.String("date").pipe(
  Argument.withDescription(dayText),
  Argument.filterMap(compactDay, () => "a day such as 20261123"),
  Argument.optional
)

/** `tickd calendar show|check`. */
export const command = Command.make("calendar").pipe(
  Command.withDescription("Trading days and hours of China's futures exchanges"),
  Command.withSubcommands([
    Command.make(
      "show",
      {
        date: dayArgument,
        day: dayFlag,
        product: Flag.String("product").pipe(
          shownDefault("Product letters as the exchange writes them: rb, IF, SR", "au")
        ),
        file: fileFlag,
        json: jsonFlag
      },
      ({ date, day, ...rest }) => runCalendarShow({ ...rest, day: Option.orElse(date, () => day) })
    ).pipe(
      Command.withDescription(
        "Show one day: trading or not, night session or not, phases of a product. Exit code 1 when the calendar does not know the day"
      )
    ),
    Command.make(
      "check",
      {
        needDays: wholeFlag("need-days", 0, 1000).pipe(
          shownDefault("Fail when the calendar ends sooner than this many days from today", 14)
        ),
        file: fileFlag,
        json: jsonFlag
      },
      runCalendarCheck
    ).pipe(
      Command.withDescription("Check the calendar: shape, sources, days left. Exit code 1 when it must be refreshed")
    )
  ])
)

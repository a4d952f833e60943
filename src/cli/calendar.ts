import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { MarketPhase } from "../kernel/calendar/market-phase.ts"
import { type Handler, jsonFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"

export interface CalendarShow {
  /** yyyymmdd; none: today in Shanghai. */
  readonly day: Option.Option<string>
  readonly product: string
  readonly file: Option.Option<string>
  readonly json: boolean
}

export interface CalendarCheck {
  readonly file: Option.Option<string>
  readonly needDays: number
  readonly json: boolean
}

/** One natural day as a product sees it. Times are Asia/Shanghai, `HH:MM`. */
export interface CalendarDay {
  readonly day: string
  readonly weekday: string
  /** False when the calendar does not cover the day and it is no weekend: whether it is a holiday is not known. */
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
export interface CalendarReport {
  readonly ok: boolean
  readonly today: string
  readonly from: string
  readonly through: string
  /** Days left in the calendar, today not counted; negative behind its end. */
  readonly days_left: number
  readonly faults: ReadonlyArray<string>
  readonly sources: ReadonlyArray<{ readonly year: number; readonly source: string }>
}

export const renderDay = (day: CalendarDay): string => {
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

/** Years in a row with one source are one line. */
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
export const calendarCommand = <E, R, E2, R2>(
  show: Handler<CalendarShow, E, R>,
  check: Handler<CalendarCheck, E2, R2>
) =>
  Command.make("calendar").pipe(
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
        ({ date, day, ...rest }) => show({ ...rest, day: Option.orElse(date, () => day) })
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
        check
      ).pipe(
        Command.withDescription("Check the calendar: shape, sources, days left. Exit code 1 when it must be refreshed")
      )
    ])
  )

/** Kept with the verb so that a test can hold it: what an operator does when the calendar ends. */
export const refreshAdvice =
  "add the coming year to a JSON file when the exchanges have published it (late December) and give it with --file; docs/reference/trading-time.md, Refresh"

/**
 * The trading year 2026 as the exchanges announced it, written by hand: nothing here is from `src/kernel/calendar`,
 * so that a market with this file shows errors of the daemon's calendar. Times are Shanghai's, spans epoch
 * milliseconds.
 */

const dayMs = 86_400_000
/** 2026-01-01 00:00 in Shanghai, and a year later. */
export const yearFromMs = Date.UTC(2025, 11, 31, 16)
export const yearUntilMs = Date.UTC(2026, 11, 31, 16)

/**
 * Closed Mondays to Fridays: New Year, Spring Festival, Qingming, Labour Day, Dragon Boat, Mid-Autumn, National Day.
 */
const holidays = "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007".split(
  " "
)
/** Evenings of trading days without a night session: the ones before those holidays, and New Year's Eve. */
const nightless = "0213 0403 0430 0618 0924 0930 1231".split(" ")

export interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

export interface YearContract {
  readonly id: string
  /** Mean gap of its ticks, milliseconds. A main contract ticks regularly, the others randomly. */
  readonly gapMs: number
  readonly main: boolean
  /** `09:00-10:15 …` */
  readonly day: string
  /** End of the night session that begins at 21:00, over 24:00 on the next natural day; undefined: none. */
  readonly night?: string
}

const commodity = "09:00-10:15 10:30-11:30 13:30-15:00"
const stockIndex = "09:30-11:30 13:00-15:00"
const main = (id: string, day: string, night?: string): YearContract => ({
  id,
  gapMs: 500,
  main: true,
  day,
  ...(night !== undefined && { night })
})
const quiet = (id: string, gapMs: number, day: string, night?: string): YearContract => ({
  ...main(id, day, night),
  gapMs,
  main: false
})

/** One main contract with each kind of hours, of each exchange, and quiet ones. */
export const yearContracts: ReadonlyArray<YearContract> = [
  main("au2702", commodity, "26:30"),
  main("cu2701", commodity, "25:00"),
  main("rb2701", commodity, "23:00"),
  main("i2701", commodity, "23:00"),
  main("MA701", commodity, "23:00"),
  main("lc2701", commodity),
  main("IF2612", stockIndex),
  main("T2703", "09:30-11:30 13:00-15:15"),
  quiet("sc2701", 1000, commodity, "26:30"),
  quiet("AP701", 2000, commodity),
  quiet("rb2701C3000", 60_000, commodity, "23:00"),
  quiet("IO2612-C-4000", 20_000, stockIndex)
]

const mmdd = (dayStartMs: number): string =>
  new Date(dayStartMs + dayMs / 3).toISOString().slice(5, 10).replace("-", "")
const isTradingDay = (dayStartMs: number): boolean => {
  const weekday = new Date(dayStartMs + dayMs / 3).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidays.includes(mmdd(dayStartMs))
}
const clockMs = (text: string): number => (Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * 60_000

/** Midnights of the year's trading days. */
export const tradingDays: ReadonlyArray<number> = Array.from(
  { length: 365 },
  (_, at) => yearFromMs + at * dayMs
).filter(isTradingDay)

/** Trading days whose evening has no night session, and the trading days after them. */
export const daysAroundHolidays: ReadonlyArray<number> = tradingDays.filter(
  (dayStartMs, at) =>
    nightless.includes(mmdd(dayStartMs)) || nightless.includes(mmdd(tradingDays[at - 1] ?? yearFromMs))
)

/** Trading times of a contract, section by section, in sequence. A night belongs to its evening. */
export const spansOf = (contract: YearContract): ReadonlyArray<Span> =>
  tradingDays.flatMap((dayStartMs) => {
    const day = contract.day.split(" ").map((section) => ({
      fromMs: dayStartMs + clockMs(section.slice(0, 5)),
      untilMs: dayStartMs + clockMs(section.slice(6))
    }))
    if (contract.night === undefined || nightless.includes(mmdd(dayStartMs))) return day
    return [...day, { fromMs: dayStartMs + clockMs("21:00"), untilMs: dayStartMs + clockMs(contract.night) }]
  })

/** When fronts open and sessions log in: half an hour before the day and before each night. */
export const loginTimes: ReadonlyArray<number> = tradingDays.flatMap((dayStartMs) => [
  dayStartMs + clockMs("08:30"),
  ...(nightless.includes(mmdd(dayStartMs)) ? [] : [dayStartMs + clockMs("20:30")])
])

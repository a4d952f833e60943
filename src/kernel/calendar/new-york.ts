/**
 * Time and trading days of New York's stock exchanges, by their published rules: no table to refresh. Valid from 2007
 * (today's rule of daylight saving) on. Extraordinary closures are listed below.
 * Days are texts `YYYY-MM-DD`; instants are epoch milliseconds.
 */
const dayMs = 86_400_000
const hourMs = 3_600_000

const dayOf = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day)
const textOf = (utcDay: number): string => new Date(utcDay).toISOString().slice(0, 10)
const weekday = (utcDay: number): number => new Date(utcDay).getUTCDay()

/** The n-th weekday of a month; n < 0 counts from its end. */
const nth = (year: number, month: number, day: number, n: number): number => {
  if (n < 0) {
    const last = dayOf(year, month + 1, 0)
    return last - ((weekday(last) - day + 7) % 7) * dayMs
  }
  const first = dayOf(year, month, 1)
  return first + (((day - weekday(first) + 7) % 7) + (n - 1) * 7) * dayMs
}

/** Easter Sunday. Source: the anonymous Gregorian algorithm (Nature, 1876). */
const easter = (year: number): number => {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const month = Math.floor((h + l - 7 * m + 114) / 31)
  return dayOf(year, month, ((h + l - 7 * m + 114) % 31) + 1)
}

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday. */
const observed = (utcDay: number): number =>
  weekday(utcDay) === 6 ? utcDay - dayMs : weekday(utcDay) === 0 ? utcDay + dayMs : utcDay

/** Closures that no rule gives: days of mourning, and the hurricane of 2012. */
const extraordinary = new Set(["2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"])

const makeHolidays = (year: number): ReadonlySet<string> => {
  const newYear = dayOf(year, 1, 1)
  return new Set(
    [
      // On a Saturday it is not kept on Friday: the old year's books are being closed.
      ...(weekday(newYear) === 6 ? [] : [observed(newYear)]),
      nth(year, 1, 1, 3),
      nth(year, 2, 1, 3),
      easter(year) - 2 * dayMs,
      nth(year, 5, 1, -1),
      ...(year < 2022 ? [] : [observed(dayOf(year, 6, 19))]),
      observed(dayOf(year, 7, 4)),
      nth(year, 9, 1, 1),
      nth(year, 11, 4, 4),
      observed(dayOf(year, 12, 25))
    ].map(textOf)
  )
}

/** One year is asked for by every order and every look of the monitor. */
const holidays = new Map<number, ReadonlySet<string>>()
const yearsMax = 200
const holidaysOf = (year: number): ReadonlySet<string> => {
  const known = holidays.get(year)
  if (known !== undefined) return known
  const made = makeHolidays(year)
  if (holidays.size < yearsMax) holidays.set(year, made)
  return made
}

const closedOn = (utcDay: number): boolean => {
  const day = weekday(utcDay)
  const text = textOf(utcDay)
  return day === 0 || day === 6 || extraordinary.has(text) || holidaysOf(new Date(utcDay).getUTCFullYear()).has(text)
}

/** The exchanges close at 13:00 on the day after Thanksgiving, and on 3 July and 24 December if they trade then. */
const closesEarly = (utcDay: number): boolean => {
  const date = new Date(utcDay)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  if (utcDay === nth(year, 11, 4, 4) + dayMs) return true
  return (month === 7 && day === 3 && weekday(utcDay) < 5) || (month === 12 && day === 24 && weekday(utcDay) < 5)
}

/** Milliseconds that New York is behind UTC. It changes at 2:00 on the second Sunday of March and first of November. */
export const newYorkOffsetMs = (epochMs: number): number => {
  const year = new Date(epochMs).getUTCFullYear()
  const summer = epochMs >= nth(year, 3, 0, 2) + 7 * hourMs && epochMs < nth(year, 11, 0, 1) + 6 * hourMs
  return (summer ? 4 : 5) * hourMs
}

/** The instant of a time of day in New York. Sessions begin after 2:00, so no such time is skipped or double. */
export const newYorkInstant = (utcDay: number, timeOfDayMs: number): number => {
  const atStandard = utcDay + timeOfDayMs + 5 * hourMs
  return utcDay + timeOfDayMs + newYorkOffsetMs(atStandard)
}

/** One trading day. `preOpen` 04:00, `open` 09:30, `close` 16:00 or 13:00, `postClose` 20:00 or 17:00. */
export interface NewYorkDay {
  readonly day: string
  readonly preOpen: number
  readonly open: number
  readonly close: number
  readonly postClose: number
}

const sessionOf = (utcDay: number): NewYorkDay => {
  const early = closesEarly(utcDay)
  return {
    day: textOf(utcDay),
    preOpen: newYorkInstant(utcDay, 4 * hourMs),
    open: newYorkInstant(utcDay, 9.5 * hourMs),
    close: newYorkInstant(utcDay, (early ? 13 : 16) * hourMs),
    postClose: newYorkInstant(utcDay, (early ? 17 : 20) * hourMs)
  }
}

/** The session of a day; `undefined` when the exchanges are shut all day, or for a text that is not a day. */
export const newYorkDay = (day: string): NewYorkDay | undefined => {
  const utcDay = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(utcDay) || textOf(utcDay) !== day || closedOn(utcDay) ? undefined : sessionOf(utcDay)
}

/** The first trading day whose regular session has not ended: an order sent now belongs to it. */
export const newYorkTradingDay = (epochMs: number): NewYorkDay => {
  const local = epochMs - newYorkOffsetMs(epochMs)
  for (let utcDay = Math.floor(local / dayMs) * dayMs; ; utcDay += dayMs) {
    if (closedOn(utcDay)) continue
    const session = sessionOf(utcDay)
    if (epochMs < session.close) return session
  }
}

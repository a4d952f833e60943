import { shanghaiDay, shanghaiTimeOfDayMs } from "../time/shanghai-time.ts"
import { type CalendarData, closedDaysOf, lastDayOf } from "./calendar-data.ts"
import { epochDayOf, isWeekday, weekdayBefore, weekdayFrom, yyyymmddOf } from "./calendar-day.ts"
import { shippedCalendar } from "./holidays.ts"

const openBit = 1
const nightBit = 2

/**
 * Which days are trading days, and which evenings have a night session. Days are counted from 1970-01-01, in
 * Shanghai. Outside `from .. through` the calendar is not known: every Monday to Friday counts as a trading day, and
 * every evening between two of them has a night session. `covers` shows this; callers turn `false` into a warning and
 * a metric. Look-ups read arrays and allocate nothing.
 */
export class TradingCalendar {
  /** First and last known day, yyyymmdd. */
  readonly from: number
  readonly through: number
  private readonly first: number
  private readonly last: number
  private readonly bits: Uint8Array
  /** By day: the first trading day on or after it, and the last on or before it. */
  private readonly onOrAfter: Int32Array
  private readonly onOrBefore: Int32Array

  /** `data` must be without faults (`calendarFaults`). */
  constructor(data: CalendarData) {
    const [head, tail] = [data.years[0], data.years.at(-1)]
    this.from = (head?.year ?? 1990) * 10000 + 101
    this.through = tail === undefined ? 19900101 : lastDayOf(tail)
    this.first = epochDayOf(this.from)
    this.last = epochDayOf(this.through)
    const days = this.last - this.first + 1
    this.bits = new Uint8Array(days)
    this.onOrAfter = new Int32Array(days)
    this.onOrBefore = new Int32Array(days)

    const closed = new Set(data.years.flatMap(closedDaysOf).map(epochDayOf))
    const isOpen = (day: number) => isWeekday(day) && !closed.has(day)
    let before = weekdayBefore(this.first)
    for (let day = this.first; day <= this.last; day++) {
      const at = day - this.first
      if (isOpen(day)) {
        before = day
        // The evening before a holiday has no night session; it belongs to the weekday that would be the next trading
        // day.
        this.bits[at] = openBit | (isOpen(weekdayFrom(day + 1)) ? nightBit : 0)
      }
      this.onOrBefore[at] = before
    }
    for (const { from, through } of data.nightless) {
      for (let day = epochDayOf(from); day <= epochDayOf(through); day++) {
        const at = day - this.first
        if (at >= 0 && at < days) this.bits[at] = (this.bits[at] as number) & ~nightBit
      }
    }
    let after = weekdayFrom(this.last + 1)
    for (let at = days - 1; at >= 0; at--) {
      if (((this.bits[at] as number) & openBit) !== 0) after = at + this.first
      this.onOrAfter[at] = after
    }
  }

  covers(day: number): boolean {
    return day >= this.first && day <= this.last
  }

  isTradingDay(day: number): boolean {
    return this.covers(day) ? ((this.bits[day - this.first] as number) & openBit) !== 0 : isWeekday(day)
  }

  /** A night session begins on this day's evening. It belongs to the next trading day. */
  hasNight(day: number): boolean {
    return this.covers(day) ? ((this.bits[day - this.first] as number) & nightBit) !== 0 : isWeekday(day)
  }

  /** The day itself when it is a trading day, else the next one. */
  tradingDayFrom(day: number): number {
    return this.covers(day) ? (this.onOrAfter[day - this.first] as number) : weekdayFrom(day)
  }

  /** The day itself when it is a trading day, else the one before. */
  tradingDayUntil(day: number): number {
    return this.covers(day) ? (this.onOrBefore[day - this.first] as number) : weekdayBefore(day + 1)
  }

  /** Trading day of a moment: from 18:00 on the next one; a day off belongs to the trading day after it. */
  tradingDayAt(day: number, secondOfDay: number): number {
    return this.tradingDayFrom(secondOfDay >= 18 * 3600 ? day + 1 : day)
  }

  /** Trading day of a moment, yyyymmdd. */
  tradingDayOf(epochMs: number): number {
    return yyyymmddOf(this.tradingDayAt(shanghaiDay(epochMs), shanghaiTimeOfDayMs(epochMs) / 1000))
  }

  /** Trading days between two yyyymmdd, both included. */
  tradingDaysBetween(from: number, through: number): ReadonlyArray<number> {
    const days: Array<number> = []
    const end = epochDayOf(through)
    for (let day = this.tradingDayFrom(epochDayOf(from)); day <= end; day = this.tradingDayFrom(day + 1)) {
      days.push(yyyymmddOf(day))
    }
    return days
  }
}

/** The calendar of this version. */
export const chinaCalendar = new TradingCalendar(shippedCalendar)

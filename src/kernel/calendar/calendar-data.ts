import { Schema } from "effect"
import { epochDayOf, isWeekday } from "./calendar-day.ts"

const Yyyymmdd = Schema.Int.check(Schema.isBetween({ minimum: 19900101, maximum: 20991231 }))

/**
 * A trading calendar as a file. Weekends are not listed.
 * Identity: `year`, each once, in sequence, without a gap.
 * Shape: `closed` are the Mondays to Fridays without trading as mmdd, in sequence, separated by spaces; `through` is
 * the mmdd up to which the year is known (1231 when absent; only the last year may have one). `nightless` are
 * evenings (natural days, yyyymmdd, both ends included) without a night session although the next weekday is a
 * trading day. The evening before a closed weekday never has one.
 * Errors: decoding fails with `SchemaError`; `calendarFaults` reports what a schema cannot check.
 * Source: the yearly notices of the State Council and of the exchanges; each entry names its own.
 */
export const CalendarData = Schema.Struct({
  years: Schema.Array(
    Schema.Struct({
      year: Schema.Int.check(Schema.isBetween({ minimum: 1990, maximum: 2099 })),
      closed: Schema.String.check(Schema.isPattern(/^(\d{4}( \d{4})*)?$/)),
      through: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{4}$/))),
      source: Schema.String
    })
  ),
  nightless: Schema.Array(Schema.Struct({ from: Yyyymmdd, through: Yyyymmdd, source: Schema.String }))
})
export type CalendarData = typeof CalendarData.Type

/** Days of a year's `closed` as yyyymmdd. */
export const closedDaysOf = (year: { readonly year: number; readonly closed: string }): ReadonlyArray<number> =>
  year.closed === "" ? [] : year.closed.split(" ").map((mmdd) => year.year * 10000 + Number(mmdd))

/** Last known day of a year's entry, yyyymmdd. */
export const lastDayOf = (year: { readonly year: number; readonly through?: string }): number =>
  year.year * 10000 + Number(year.through ?? "1231")

/** Faults of a calendar, one sentence each; empty when it can be used. */
export const calendarFaults = (data: CalendarData): ReadonlyArray<string> => {
  const faults: Array<string> = []
  if (data.years.length === 0) faults.push("the calendar has no year: give at least one")
  for (const [index, entry] of data.years.entries()) {
    const before = data.years[index - 1]
    if (before !== undefined && entry.year !== before.year + 1) {
      faults.push(`year ${entry.year} follows ${before.year}: list every year once, in order`)
    }
    if (index < data.years.length - 1 && entry.through !== undefined) {
      faults.push(`year ${entry.year} ends at ${entry.through} and more years follow: remove its "through"`)
    }
    const last = lastDayOf(entry)
    if (epochDayOf(last) < 0)
      faults.push(`year ${entry.year}: through ${entry.through ?? ""} is not a date: write mmdd`)
    let previous = 0
    for (const day of closedDaysOf(entry)) {
      const epochDay = epochDayOf(day)
      if (epochDay < 0) faults.push(`${day} is not a date: write mmdd`)
      else if (!isWeekday(epochDay))
        faults.push(`${day} is a Saturday or Sunday: weekends are closed anyway, remove it`)
      if (day <= previous) faults.push(`${day} follows ${previous}: list the closed days in order, once each`)
      if (day > last) faults.push(`${day} is after the end of its year, ${last}: correct one of the two`)
      previous = day
    }
  }
  for (const { from, through } of data.nightless) {
    if (epochDayOf(from) < 0 || epochDayOf(through) < 0 || through < from) {
      faults.push(`nightless ${from} to ${through} is not a range of days: write yyyymmdd, the first day first`)
    }
  }
  return faults
}

/** `base` with the years of `news` added or replaced; nightless evenings of both. */
export const mergeCalendars = (base: CalendarData, news: CalendarData): CalendarData => {
  const years = new Map(base.years.map((entry) => [entry.year, entry]))
  for (const entry of news.years) years.set(entry.year, entry)
  return {
    years: [...years.values()].sort((one, other) => one.year - other.year),
    nightless: [...base.nightless, ...news.nightless]
  }
}

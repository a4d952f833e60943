/**
 * Calendar days as whole numbers: yyyymmdd as CTP prints them, and days since 1970-01-01 for arithmetic. Integer
 * arithmetic on the proleptic Gregorian calendar, no Date object. Method: day-of-era arithmetic with years that begin
 * in March, so that the leap day is the last of its year.
 */

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

// A market has few dates at a time: eight slots, selected by the low bits, hold a whole week.
const cachedDate = new Int32Array(8)
const cachedDay = new Int32Array(8).fill(-1)

const countDays = (yyyymmdd: number): number => {
  const year = Math.floor(yyyymmdd / 10000)
  const month = Math.floor(yyyymmdd / 100) % 100
  const day = yyyymmdd % 100
  // A date outside these years is damage: CTP gives 19800100 as trading day before a login.
  if (year < 1990 || year > 2099 || month < 1 || month > 12 || day < 1) return -1
  const leap = month === 2 && year % 4 === 0
  if (day > (monthDays[month - 1] as number) + (leap ? 1 : 0)) return -1
  const march = month > 2 ? month - 3 : month + 9
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * march + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

/** Days since 1970-01-01 of a yyyymmdd; -1 when it is not a date of the years 1990 .. 2099 (including 0 and -1). */
export const epochDayOf = (yyyymmdd: number): number => {
  const slot = yyyymmdd & 7
  if (cachedDate[slot] === yyyymmdd) return cachedDay[slot] as number
  const day = Number.isInteger(yyyymmdd) ? countDays(yyyymmdd) : -1
  // An invalid date may not fit into the slot's 32 bits, and is not worth keeping.
  if (day >= 0) {
    cachedDate[slot] = yyyymmdd
    cachedDay[slot] = day
  }
  return day
}

/** yyyymmdd of a day counted from 1970-01-01. */
export const yyyymmddOf = (epochDay: number): number => {
  const z = epochDay + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const march = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * march + 2) / 5) + 1
  const month = march < 10 ? march + 3 : march - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return year * 10000 + month * 100 + day
}

/** 0 Sunday .. 6 Saturday; 1970-01-01 was a Thursday. */
const weekday = (epochDay: number): number => (epochDay + 4) % 7

/** Monday to Friday. Ignores holidays. */
export const isWeekday = (epochDay: number): boolean => {
  const day = weekday(epochDay)
  return day !== 0 && day !== 6
}

/** The day itself when it is Monday to Friday, else the next Monday. Ignores holidays. */
export const weekdayFrom = (epochDay: number): number => {
  const day = weekday(epochDay)
  return day === 6 ? epochDay + 2 : day === 0 ? epochDay + 1 : epochDay
}

/** The last Monday-to-Friday before a day. Ignores holidays. */
export const weekdayBefore = (epochDay: number): number => {
  const day = weekday(epochDay)
  return day === 1 ? epochDay - 3 : day === 0 ? epochDay - 2 : epochDay - 1
}

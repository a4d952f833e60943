/** Nanoseconds since 1970-01-01 UTC. Venues stamp with up to nine places; a `Date` would cut to milliseconds. */
export type InstantNs = bigint

const form = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d))$/

/** Reads RFC 3339 with any offset. `undefined`: the text is not a time, or names a day that does not exist. */
export const parseInstant = (text: string): InstantNs | undefined => {
  const match = form.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = "", , sign, offsetHour = "0", offsetMinute = "0"] = match
  // Not Date.UTC, which takes the year 50 for 1950.
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const utcMs = date.setUTCHours(Number(hour), Number(minute), Number(second))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === "-" ? -1 : 1)
  return BigInt(utcMs - offsetMs) * 1_000_000n + BigInt(fraction.padEnd(9, "0"))
}

export const instantOfMs = (epochMs: number): InstantNs => BigInt(Math.trunc(epochMs)) * 1_000_000n

/** RFC 3339 in UTC with nine places, so that texts of instants sort as the instants do. */
export const instantText = (instant: InstantNs): string => {
  // BigInt division rounds to 0, and the places count upwards before 1970 too.
  const rest = ((instant % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = (instant - rest) / 1_000_000_000n
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest.toString().padStart(9, "0")}Z`
}

import { type Part, partOf } from "./byte-sink.ts"

/**
 * Text of times, without a Date per tick: the second's part is kept, the rest is a table.
 * A kept entry is found by the low bits of the second, so instruments that are seconds apart do not evict each other.
 */

const slots = 64
/** Ticks of one moment follow each other, and moments are halves of a second or any millisecond. */
const keptSlots = 1024
const two = (n: number): string => String(n).padStart(2, "0")
const three = (n: number): string => String(n).padStart(3, "0")

const milliText: ReadonlyArray<string> = Array.from({ length: 1000 }, (_, ms) => three(ms))
/**
 * Writes `2026-11-21T01:02:03.500Z","ts":1795222923500` for whole epoch milliseconds.
 * Throws RangeError when `timeMs` is not a time from 1970 to 9999: a record without an exchange time must not be
 * written.
 */
export const makeInstantText = (): ((timeMs: number) => string) => {
  const seconds = new Float64Array(slots).fill(-1)
  const isos: Array<string> = Array.from({ length: slots }, () => "")
  const stamps: Array<string> = Array.from({ length: slots }, () => "")
  return (timeMs) => {
    const second = Math.floor(timeMs / 1000)
    if (!(second > 0 && second < 253_402_300_800)) {
      throw new RangeError(`A tick cannot be written: ${timeMs} is not an exchange time in epoch milliseconds.`)
    }
    const slot = second % slots
    if (seconds[slot] !== second) {
      const date = new Date(second * 1000)
      const day = `${String(date.getUTCFullYear()).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
      isos[slot] = `${day}T${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.`
      stamps[slot] = `Z","ts":${second}`
      seconds[slot] = second
    }
    const milli = milliText[Math.floor(timeMs - second * 1000)] as string
    return (isos[slot] as string) + milli + (stamps[slot] as string) + milli
  }
}

/** `,"trading_day":"20171113"` and the like; nothing for 0 and for what is not a date (-1). Few days live at a time. */
export const makeDayText = (key: string): ((yyyymmdd: number) => string) => {
  const days = new Int32Array(8)
  const texts: Array<string> = Array.from({ length: 8 }, () => "")
  return (yyyymmdd) => {
    if (yyyymmdd < 10_000_000 || yyyymmdd > 99_999_999) return ""
    const slot = yyyymmdd & 7
    if (days[slot] !== yyyymmdd) {
      days[slot] = yyyymmdd
      texts[slot] = `,"${key}":"${yyyymmdd}"`
    }
    return texts[slot] as string
  }
}

/** The bytes of a text of a whole number, kept for the numbers asked for lately. */
export const keptPart = (textOf: (value: number) => string): ((value: number) => Part) => {
  const values = new Float64Array(keptSlots).fill(Number.NaN)
  const kept: Array<Part> = Array.from({ length: keptSlots }, () => partOf(""))
  return (value) => {
    // a remainder of no slot is below 0 or no number, and is not kept
    const slot = value % keptSlots
    if (values[slot] === value) return kept[slot] as Part
    const bytes = partOf(textOf(value))
    if (values[slot] !== undefined) {
      values[slot] = value
      kept[slot] = bytes
    }
    return bytes
  }
}

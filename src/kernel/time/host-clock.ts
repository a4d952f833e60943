import { epochDayOf, yyyymmddOf } from "../calendar/calendar-day.ts"
import type { TradingCalendar } from "../calendar/trading-calendar.ts"
import type { Exchange } from "../instrument/exchange.ts"
import { grownF64, grownI32, grownRows } from "../instrument/instrument-table.ts"
import { longestClosureDays } from "../tick/day-of-tick.ts"
import { dayMs, shanghaiDay, shanghaiMidnightMs, shanghaiOffsetMs } from "./shanghai-time.ts"

/** A tick whose time of day differs from its receipt by more than this is not in time. */
export const inTimeMs = 60_000
/** When this many instruments tick with one offset, the host's clock is wrong. */
const witnesses = 3

/** The offset of an instrument may vary by this between two ticks: CZCE has whole seconds, and networks jitter. */
const jitterMs = 1200
/** Clocks of exchanges differ by less than this. */
const sameMs = 5000
/**
 * A tick cannot be ahead of its receipt because of delay, so short evidence is enough. A growing backlog may be
 * behind it.
 */
const aheadForMs = 1000
const behindForMs = 3000
/** With fewer instruments, when no tick is in time meanwhile: this long, and this many steps of one of them. */
const fewAheadForMs = 30_000
const fewBehindForMs = 50_000
const fewSteps = 10
/** Older evidence is ignored. */
const freshMs = 60_000
/** No tick with the offset for this long, and one in time: the clock is right again. */
const goneMs = 10_000

/** Time of day minus receipt, in milliseconds: positive when the exchange's clock is ahead. -12 h .. +12 h. */
export const distanceMs = (updateSec: number, updateMs: number, receiveMs: number): number => {
  const off = updateSec * 1000 + updateMs - shanghaiOffsetMs - receiveMs
  return off - Math.round(off / dayMs) * dayMs
}

const hour = 3600
/** ActionDay and time may be written by clocks that change the day at different moments. */
const skewSec = 300

/**
 * The natural day that a tick itself proves, days since 1970-01-01; -1: none. Both of its days must agree on it.
 * After midnight, and in the evening at exchanges that write one day in both fields, they prove nothing.
 */
export const dayShown = (updateSec: number, actionDay: number, tradingDay: number, exchange: Exchange): number => {
  if (updateSec < 6 * hour || updateSec >= 24 * hour - skewSec) return -1
  const action = epochDayOf(actionDay)
  const trading = epochDayOf(tradingDay)
  if (action < 0 || trading < 0) return -1
  if (updateSec < 18 * hour) return action === trading ? action : -1
  return exchange !== "DCE" && trading > action && trading - action <= longestClosureDays ? action : -1
}

/**
 * Offset of this host's clock from the exchanges', measured on continuing ticks. One tick is not enough: after a
 * login a front also pushes the last tick of the previous day. Instruments whose times advance with the host's clock
 * at a constant offset are. Only ticks that are not in time are passed here; days and flags are then checked against
 * the receipt plus `offsetMs`.
 */
export class HostClock {
  /** Exchange time minus this host's, milliseconds; 0: within a minute, or no evidence. */
  offsetMs = 0
  /** yyyymmdd in Shanghai by this host's clock, at the last `isInTime`. */
  today = 0
  private dayFromMs = 0
  /** Ticks in time so far, 32 bits. */
  private inTimes = 0
  private seenMs = Number.NEGATIVE_INFINITY
  private rows = 0
  /**
   * Start of an instrument's run of ticks: offset and receipt; its newest exchange time, and the number of advances.
   */
  private offs = new Float64Array(0)
  private sinceMs = new Float64Array(0)
  private timeMs = new Float64Array(0)
  private steps = new Int32Array(0)
  /** `inTimes` at the start of the run. */
  private inTimesBefore = new Int32Array(0)
  /** Instruments that tick with one offset. */
  private readonly found: Array<number> = []
  private foundOff = 0
  private foundMs = Number.NEGATIVE_INFINITY

  /**
   * True for a tick within a minute of its receipt. A subtraction from the begin of the host's day, because it runs
   * for every tick. Around midnight the slower path decides.
   */
  isInTime(updateSec: number, updateMs: number, receiveMs: number): boolean {
    const sinceMs = receiveMs - this.dayFromMs
    if (!(sinceMs >= 0 && sinceMs < dayMs)) {
      const day = shanghaiDay(receiveMs)
      this.dayFromMs = shanghaiMidnightMs(day)
      this.today = yyyymmddOf(day)
    } else {
      const off = updateSec * 1000 + updateMs - sinceMs
      if (off <= inTimeMs && off >= -inTimeMs) return true
    }
    const off = distanceMs(updateSec, updateMs, receiveMs)
    return off <= inTimeMs && off >= -inTimeMs
  }

  /**
   * Offset of a tick by the day that it proves (`dayShown`), so that a clock that is days off is detected too. On a
   * day without trading, a test market may use the name of another day: then only the time of day counts. A tick
   * without a proven day is assumed to have `offsetMs`.
   */
  distance(updateSec: number, updateMs: number, receiveMs: number, shown: number, calendar: TradingCalendar): number {
    const off = distanceMs(updateSec, updateMs, receiveMs)
    const near = Math.round((off + receiveMs + shanghaiOffsetMs - updateSec * 1000 - updateMs) / dayMs)
    if (shown >= 0 && calendar.tradingDayFrom(near) === near) return off + (shown - near) * dayMs
    return this.offsetMs === 0 ? off : off + Math.round((this.offsetMs - off) / dayMs) * dayMs
  }

  /** A tick in time. True when the clock is right again. */
  inTime(receiveMs: number): boolean {
    this.inTimes = (this.inTimes + 1) | 0
    if (this.offsetMs === 0 || Math.abs(receiveMs - this.seenMs) <= goneMs) return false
    this.offsetMs = 0
    return true
  }

  /** A tick with the offset `off`. True when `offsetMs` changed. */
  observe(index: number, off: number, receiveMs: number): boolean {
    if (this.offsetMs !== 0) {
      const drift = off - this.offsetMs
      if (drift <= sameMs && drift >= -sameMs) {
        // Follows a clock that is slewed.
        this.offsetMs += drift / 16
        this.seenMs = receiveMs
        return false
      }
    }
    if (index >= this.rows) this.widen(index)
    const exchange = off + receiveMs
    const ranMs = receiveMs - (this.sinceMs[index] as number)
    const moved = off - (this.offs[index] as number)
    if (!(moved <= jitterMs && moved >= -jitterMs && ranMs >= 0 && ranMs <= freshMs)) {
      this.offs[index] = off
      this.sinceMs[index] = receiveMs
      this.timeMs[index] = exchange
      this.steps[index] = 0
      this.inTimesBefore[index] = this.inTimes
      return false
    }
    if (exchange <= (this.timeMs[index] as number)) return false
    this.timeMs[index] = exchange
    const steps = (this.steps[index] as number) + 1
    this.steps[index] = steps
    if (steps < 2 || ranMs < (off > 0 ? aheadForMs : behindForMs)) return false
    if (this.ticksOn(index, off, receiveMs)) return true
    const isAlone = this.inTimesBefore[index] === this.inTimes && steps >= fewSteps
    if (!isAlone || ranMs < (off > 0 ? fewAheadForMs : fewBehindForMs)) return false
    this.settle(off, receiveMs)
    return true
  }

  private settle(off: number, receiveMs: number): void {
    this.found.length = 0
    this.offsetMs = off
    this.seenMs = receiveMs
  }

  private ticksOn(index: number, off: number, receiveMs: number): boolean {
    const { found } = this
    const apart = Math.abs(off - this.foundOff)
    const ageMs = Math.abs(receiveMs - this.foundMs)
    if (found.length === 0 || ageMs > freshMs || (apart > sameMs && ageMs > behindForMs)) {
      found.length = 0
      this.foundOff = off
    } else if (apart > sameMs) return false
    this.foundMs = receiveMs
    if (!found.includes(index)) found.push(index)
    if (found.length < witnesses) return false
    this.settle(off, receiveMs)
    return true
  }

  private widen(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.offs = grownF64(this.offs, this.rows, Number.NaN)
    this.sinceMs = grownF64(this.sinceMs, this.rows, Number.NaN)
    this.timeMs = grownF64(this.timeMs, this.rows)
    this.steps = grownI32(this.steps, this.rows)
    this.inTimesBefore = grownI32(this.inTimesBefore, this.rows)
  }
}

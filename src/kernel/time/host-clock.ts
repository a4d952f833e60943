import { epochDayOf, yyyymmddOf } from "../calendar/calendar-day.ts"
import type { TradingCalendar } from "../calendar/trading-calendar.ts"
import type { Exchange } from "../instrument/exchange.ts"
import { grownF64, grownI32, grownRows } from "../instrument/instrument-table.ts"
import { longestClosureDays } from "../tick/day-of-tick.ts"
import { dayMs, shanghaiDay, shanghaiMidnightMs, shanghaiOffsetMs } from "./shanghai-time.ts"

/** A tick whose time of day lies further from its receipt than this is not in time. */
export const inTimeMs = 60_000
/** So many instruments must tick on at one distance before the host's clock is what is wrong. */
const witnesses = 3

/** An instrument's distance may move by this between two ticks: CZCE has whole seconds, and lines jitter. */
const jitterMs = 1200
/** Clocks of exchanges differ by less than this. */
const sameMs = 5000
/** Ahead of the receipt no line can be late: short evidence will do. Behind it a line that falls back must show. */
const aheadForMs = 1000
const behindForMs = 3000
/** Fewer instruments show it too, when no other tick is in time meanwhile: so long, and so many steps of one of them. */
const fewAheadForMs = 30_000
const fewBehindForMs = 50_000
const fewSteps = 10
/** Evidence older than this is of another time. */
const freshMs = 60_000
/** No tick at the distance for so long, and one that is in time: the clock is right again. */
const goneMs = 10_000

/** Time of day against the receipt, in milliseconds: positive when the exchange's clock shows more. -12 h .. +12 h. */
export const distanceMs = (updateSec: number, updateMs: number, receiveMs: number): number => {
  const off = updateSec * 1000 + updateMs - shanghaiOffsetMs - receiveMs
  return off - Math.round(off / dayMs) * dayMs
}

const hour = 3600
/** ActionDay and time may be written by clocks that have not turned the day together. */
const skewSec = 300

/**
 * The natural day that a tick shows by itself, days since 1970-01-01; -1: it shows none. Both of its days must agree on it; after
 * midnight, and in the evening at exchanges that write one day in both, they do not tell.
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
 * How far this host's clock is from the exchanges', as ticks show that go on. One tick cannot: after a login a front also
 * pushes the last tick of the day before. Instruments whose times advance with the host's clock at one distance can.
 * Only ticks that are not in time come here; days and flags are then judged against the receipt plus `offsetMs`.
 */
export class HostClock {
  /** Exchange time minus this host's, milliseconds; 0: within a minute, or nothing shows it. */
  offsetMs = 0
  /** yyyymmdd in Shanghai by this host's clock, at the last `isInTime`. */
  today = 0
  private dayFromMs = 0
  /** Ticks in time so far, 32 bits. */
  private inTimes = 0
  private seenMs = Number.NEGATIVE_INFINITY
  private rows = 0
  /** Where an instrument's run of ticks began: distance, receipt; the newest exchange time and how often it advanced. */
  private offs = new Float64Array(0)
  private sinceMs = new Float64Array(0)
  private timeMs = new Float64Array(0)
  private steps = new Int32Array(0)
  /** `inTimes` when the run began. */
  private inTimesBefore = new Int32Array(0)
  /** Instruments that tick on at one distance. */
  private readonly found: Array<number> = []
  private foundOff = 0
  private foundMs = Number.NEGATIVE_INFINITY

  /**
   * True for a tick that is within a minute of its receipt: a subtraction from the begin of the host's day, since this is
   * asked of every tick. Around midnight the longer way decides.
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
   * Distance of a tick with the day that it shows (`dayShown`), so that a clock that is days off is known too. On a day without
   * trading a market of tests may be open under another day's name: only the time of day counts then. What shows no day stands
   * where `offsetMs` says that it does.
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

  /** A tick whose distance is `off`. True when it shows another `offsetMs` than before. */
  observe(index: number, off: number, receiveMs: number): boolean {
    if (this.offsetMs !== 0) {
      const drift = off - this.offsetMs
      if (drift <= sameMs && drift >= -sameMs) {
        // A clock that is slewed moves on.
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

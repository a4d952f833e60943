import { epochDayOf, yyyymmddOf } from "../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { lastPossibleDay, longestClosureDays, naturalDayOf, tradingDayOf } from "../../../kernel/tick/day-of-tick.ts"
import { dayMs, shanghaiOffsetMs } from "../../../kernel/time/shanghai-time.ts"

/** Why a tick has no exchange time. `resolved` is 0, so callers test `verdict !== 0`. */
export const timeVerdict = {
  resolved: 0,
  /** UpdateTime is empty. Some fronts send such ticks, and their time cannot be derived. */
  emptyTime: 1,
  /** UpdateTime is not a time of day, or UpdateMillisec is not 0 .. 999. */
  impossibleTime: 2,
  /** Neither ActionDay nor TradingDay nor the login's trading day is a date. */
  noDay: 3
} as const
export type TimeVerdict = (typeof timeVerdict)[keyof typeof timeVerdict]

/**
 * Result of `resolveTradingTime`. The caller keeps one and has it filled for each tick, so that nothing is allocated.
 */
export class TradingTime {
  /** Exchange time, epoch milliseconds UTC; NaN unless resolved. */
  exchangeTimeMs = Number.NaN
  /** yyyymmdd; 0 unless resolved. */
  tradingDay = 0
  /** Its exchange time is more than a minute before its receipt. Such a tick is a snapshot. */
  stale = false
  /** The instant or the trading day is outside the calendar, so holidays were not known. */
  beyondCalendar = false
  /**
   * ActionDay was a date, and the tick is not from that day. If this is frequent at an exchange other than DCE, check
   * the host's clock.
   */
  repaired = false
}

/** A tick that is older than this at its receipt is a snapshot. Source: ctp.md section 4. */
const staleAfterMs = 60_000
/** The clocks of exchanges and hosts differ. A tick that is further ahead of its receipt has a wrong day. */
const aheadMs = 300_000

const hour = 3600
/** Around midnight, UpdateTime and ActionDay may be written by clocks that change the day at different moments. */
const skewSec = 300

const damagedAction = 1
const damagedTrading = 2
/** The damaged one of two days: the one further from `known` (the login's day or the receipt's); -1: not known. */
const damagedDay = (action: number, trading: number, known: number): number =>
  known >= 0 && Math.abs(trading - known) < Math.abs(action - known) ? damagedAction : damagedTrading

/**
 * Exchange time and trading day of a tick, from what CTP sends and what is known to be wrong in it. The rules, their
 * reasons and sources are in docs/reference/trading-time.md; tests/golden/trading-time.jsonl holds them case by case.
 *
 * Shape: `updateSec` seconds since midnight in Asia/Shanghai, -1 empty, -2 not a time; `updateMs` 0 .. 999; days are
 * yyyymmdd, 0 empty, -1 not a date; `login` (the login answer's trading day) 0 when unknown; `receiveMs` epoch
 * milliseconds, 0 or NaN when unknown: then nothing is compared with it and nothing is stale. A replay must pass its
 * own time line or 0, never the clock on the wall. Never throws; fills `out` and allocates nothing.
 */
export const resolveTradingTime = (
  updateSec: number,
  updateMs: number,
  actionDay: number,
  tradingDay: number,
  exchange: Exchange,
  loginTradingDay: number,
  receiveMs: number,
  calendar: TradingCalendar,
  out: TradingTime
): TimeVerdict => {
  out.exchangeTimeMs = Number.NaN
  out.tradingDay = 0
  out.stale = out.beyondCalendar = out.repaired = false
  if (updateSec === -1) return timeVerdict.emptyTime
  if (!(updateSec >= 0 && updateSec < 24 * hour && updateMs >= 0 && updateMs < 1000)) return timeVerdict.impossibleTime

  const evening = updateSec >= 18 * hour
  const early = updateSec < 6 * hour
  const night = evening || early
  const timeOfDayMs = updateSec * 1000 + updateMs - shanghaiOffsetMs
  const actionSent = epochDayOf(actionDay)
  const tradingSent = epochDayOf(tradingDay)
  const login = epochDayOf(loginTradingDay)
  const received = receiveMs > 0
  /** The day on which this time of day is nearest to the receipt. */
  const nearest = received ? Math.round((receiveMs - timeOfDayMs) / dayMs) : -1
  // No closure of the market is this long, so one of the two days is damaged.
  const apart = actionSent >= 0 && tradingSent >= 0 ? Math.abs(tradingSent - actionSent) : 0
  const damaged = apart > longestClosureDays ? damagedDay(actionSent, tradingSent, login >= 0 ? login : nearest) : 0
  const action = damaged === damagedAction ? -1 : actionSent
  const sent = damaged === damagedTrading ? -1 : tradingSent

  // DCE repeats the trading day in ActionDay. In the evening, the natural day is never the trading day, at any
  // exchange.
  const repeats =
    exchange === "DCE"
      ? updateSec >= 20 * hour || updateSec < 4 * hour || (evening && action === sent)
      : evening && action === sent && exchange !== "CZCE"
  const believed = action >= 0 && !repeats

  // CZCE's TradingDay is the natural day: it does not help at night, and on a day off (test markets) it is not a
  // trading day.
  const natural = exchange === "CZCE"
  let trading = sent
  if (natural && sent >= 0 && night) {
    if (action >= 0) trading = sent > action ? sent : -1
    else if (received) trading = sent > nearest ? sent : -1
    else if (login >= sent && login <= sent + longestClosureDays) trading = login
  } else if (natural && sent >= 0) trading = calendar.tradingDayFrom(sent)
  if (trading < 0 && repeats) trading = action

  let day: number
  if (believed) day = action
  else if (trading >= 0) day = naturalDayOf(trading, evening, early, calendar)
  else if (natural && sent >= 0) day = sent
  else if (login >= 0) {
    trading = login
    day = naturalDayOf(trading, evening, early, calendar)
  } else return timeVerdict.noDay

  const nearestMs = nearest * dayMs + timeOfDayMs
  const fresh = received && nearestMs <= receiveMs + aheadMs && nearestMs >= receiveMs - staleAfterMs
  // Midnight: the day of the receipt, or else the day before the trading day when the two are neighbours.
  if (believed && (updateSec < skewSec || updateSec >= 24 * hour - skewSec)) {
    const derived = fresh ? nearest : trading >= 0 ? naturalDayOf(trading, evening, early, calendar) : day
    if (derived === (evening ? day - 1 : day + 1)) day = derived
  }
  if (received) {
    const aheadOfReceipt = day * dayMs + timeOfDayMs > receiveMs + aheadMs
    const fits = trading < 0 || tradingDayOf(nearest, evening, night, login, calendar) === trading
    if (nearest !== day && fresh && fits && (aheadOfReceipt || !believed)) {
      // A market that is open on a day off, as test markets are: the tick is current, and its trading day fits.
      day = nearest
    } else if (aheadOfReceipt) {
      const derived = trading >= 0 ? naturalDayOf(trading, evening, early, calendar) : day
      if (derived * dayMs + timeOfDayMs <= receiveMs + aheadMs) day = derived
      else {
        day = lastPossibleDay(nearestMs <= receiveMs + aheadMs ? nearest : nearest - 1, early, calendar)
        // The days are ahead of the tick: they belong to a later login.
        trading = tradingDayOf(day, evening, night, -1, calendar)
      }
    }
  }
  if (trading < 0) trading = tradingDayOf(day, evening, night, login, calendar)

  out.exchangeTimeMs = day * dayMs + timeOfDayMs
  out.stale = received && out.exchangeTimeMs < receiveMs - staleAfterMs
  // The closing tick, pushed in the evening by a front that is initialised for the next trading day. A day session
  // belongs to its own day. Filed under the next day, its volume would become the base, and the next day's ticks
  // would fall below it.
  if (out.stale && !night && trading > day && calendar.tradingDayFrom(day) === day) trading = day
  out.tradingDay = yyyymmddOf(trading)
  out.beyondCalendar = !calendar.covers(trading) || !calendar.covers(day)
  out.repaired = actionSent >= 0 && day !== actionSent
  return timeVerdict.resolved
}

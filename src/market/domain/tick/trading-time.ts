import { epochDayOf, yyyymmddOf } from "../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { lastPossibleDay, longestClosureDays, naturalDayOf, tradingDayOf } from "../../../kernel/tick/day-of-tick.ts"

/** Why a tick has no exchange time. `resolved` is 0, so `verdict !== 0` is the question a caller asks. */
export const timeVerdict = {
  resolved: 0,
  /** UpdateTime is empty: some fronts send such ticks, and nothing tells when they are from. */
  emptyTime: 1,
  /** UpdateTime is not a time of day, or UpdateMillisec is not 0 .. 999. */
  impossibleTime: 2,
  /** Neither ActionDay nor TradingDay nor the login's trading day is a date. */
  noDay: 3
} as const
export type TimeVerdict = (typeof timeVerdict)[keyof typeof timeVerdict]

/** Answer of `resolveTradingTime`; the caller keeps one and has it filled for each tick, so that none is allocated. */
export class TradingTime {
  /** Exchange time, epoch milliseconds UTC; NaN unless resolved. */
  exchangeTimeMs = Number.NaN
  /** yyyymmdd; 0 unless resolved. */
  tradingDay = 0
  /** Known to be old: its time lies more than a minute before its receipt. Such a tick is a snapshot, not news. */
  stale = false
  /** The instant or the trading day is outside the calendar: holidays were not known to the rules. */
  beyondCalendar = false
  /** ActionDay was a date and the tick is not from that day. Many at an exchange other than DCE: look at the host's clock. */
  repaired = false
}

/** Older than this at its receipt, a tick is a snapshot of the past. Source: ctp.md section 4. */
const staleAfterMs = 60_000
/** Clocks of exchanges and hosts differ; a tick that is ahead of its receipt by more than this carries the wrong day. */
const aheadMs = 300_000

const hour = 3600
const dayMs = 86_400_000
/** Asia/Shanghai is UTC+08:00 all year: its last daylight saving time ended in 1991. */
const shanghaiOffsetMs = 8 * hour * 1000
/** Around midnight UpdateTime and ActionDay can be written by clocks that have not turned the day together. */
const skewSec = 300

const damagedAction = 1
const damagedTrading = 2
/** Which of two days is damage: the one that is further from `known`, the login's day or the receipt's; -1: not known. */
const damagedDay = (action: number, trading: number, known: number): number =>
  known >= 0 && Math.abs(trading - known) < Math.abs(action - known) ? damagedAction : damagedTrading

/**
 * Exchange time and trading day of a tick, from what CTP sends and what is known to be wrong in it. The rules, their
 * reasons and sources are in docs/reference/trading-time.md; tests/golden/trading-time.jsonl holds them case by case.
 *
 * Shape: `updateSec` seconds since midnight in Asia/Shanghai, -1 empty, -2 not a time; `updateMs` 0 .. 999; days are
 * yyyymmdd, 0 empty, -1 not a date; `login` (the login answer's trading day) 0 when unknown; `receiveMs` epoch
 * milliseconds, 0 or NaN when unknown: then nothing is compared with it and nothing is stale. A replay must pass its own
 * time line or 0, never the clock on the wall. Never throws; fills `out` and allocates nothing.
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
  /** The day on which a clock that shows this time of day is nearest to the receipt. */
  const nearest = received ? Math.round((receiveMs - timeOfDayMs) / dayMs) : -1
  // No closure lies between two days that are so far apart: one of them is damage.
  const apart = actionSent >= 0 && tradingSent >= 0 ? Math.abs(tradingSent - actionSent) : 0
  const damaged = apart > longestClosureDays ? damagedDay(actionSent, tradingSent, login >= 0 ? login : nearest) : 0
  const action = damaged === damagedAction ? -1 : actionSent
  const sent = damaged === damagedTrading ? -1 : tradingSent

  // DCE repeats the trading day in ActionDay. In the evening the natural day is never the trading day, at any exchange.
  const repeats =
    exchange === "DCE"
      ? updateSec >= 20 * hour || updateSec < 4 * hour || (evening && action === sent)
      : evening && action === sent && exchange !== "CZCE"
  const believed = action >= 0 && !repeats

  // CZCE's TradingDay is the natural day: at night it says nothing, and on a day off (test markets) it is none.
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
  // Midnight: the day of the receipt, or else the day that the trading day tells, when it is the neighbour.
  if (believed && (updateSec < skewSec || updateSec >= 24 * hour - skewSec)) {
    const told = fresh ? nearest : trading >= 0 ? naturalDayOf(trading, evening, early, calendar) : day
    if (told === (evening ? day - 1 : day + 1)) day = told
  }
  if (received) {
    const aheadOfReceipt = day * dayMs + timeOfDayMs > receiveMs + aheadMs
    const fits = trading < 0 || tradingDayOf(nearest, evening, night, login, calendar) === trading
    if (nearest !== day && fresh && fits && (aheadOfReceipt || !believed)) {
      // A market that is open on a day off, as test markets are: it is now, and its trading day fits.
      day = nearest
    } else if (aheadOfReceipt) {
      const told = trading >= 0 ? naturalDayOf(trading, evening, early, calendar) : day
      if (told * dayMs + timeOfDayMs <= receiveMs + aheadMs) day = told
      else {
        day = lastPossibleDay(nearestMs <= receiveMs + aheadMs ? nearest : nearest - 1, early, calendar)
        // The days sent lie ahead of the tick: they are a later login's.
        trading = tradingDayOf(day, evening, night, -1, calendar)
      }
    }
  }
  if (trading < 0) trading = tradingDayOf(day, evening, night, login, calendar)

  out.exchangeTimeMs = day * dayMs + timeOfDayMs
  out.stale = received && out.exchangeTimeMs < receiveMs - staleAfterMs
  // The close, pushed in the evening by a front that is initialised for the next trading day: a day session's own day is its
  // trading day. With the next one's its volume would be the base that the next day's ticks fall behind.
  if (out.stale && !night && trading > day && calendar.tradingDayFrom(day) === day) trading = day
  out.tradingDay = yyyymmddOf(trading)
  out.beyondCalendar = !calendar.covers(trading) || !calendar.covers(day)
  out.repaired = actionSent >= 0 && day !== actionSent
  return timeVerdict.resolved
}

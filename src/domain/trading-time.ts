import { epochDayOf, weekdayBefore, weekdayFrom, yyyymmddOf } from "./calendar-day.ts"
import type { Exchange } from "./exchange.ts"

/** Why a tick has no exchange time. `settled` is 0, so `verdict !== 0` is the question a caller asks. */
export const timeVerdict = {
  settled: 0,
  /** UpdateTime is empty: some fronts send such ticks, and nothing tells when they are from. */
  emptyTime: 1,
  /** UpdateTime is not a time of day, or UpdateMillisec is not 0 .. 999. */
  impossibleTime: 2,
  /** Neither ActionDay nor TradingDay nor the login's trading day is a date. */
  noDay: 3
} as const
export type TimeVerdict = (typeof timeVerdict)[keyof typeof timeVerdict]

/** Answer of `settleTradingTime`; the caller keeps one and has it filled for each tick, so that none is allocated. */
export class TradingTime {
  /** Exchange time, epoch milliseconds UTC; NaN unless settled. */
  exchangeTimeMs = Number.NaN
  /** yyyymmdd; 0 unless settled. */
  tradingDay = 0
}

const hour = 3600
const dayMs = 86_400_000
/** Asia/Shanghai is UTC+08:00 all year: its last daylight saving time ended in 1991. */
const shanghaiOffsetMs = 8 * hour * 1000

/** No closure of the market is longer: a login day further from the tick belongs to another run (a replay, a stale session). */
const longestClosureDays = 15

const settleTradingDay = (
  exchange: Exchange,
  evening: boolean,
  early: boolean,
  action: number,
  sent: number,
  login: number
): number => {
  if (exchange === "CZCE" && (evening || early)) {
    // CZCE's TradingDay is the natural day, so at night only the login knows; in the evening it must lie ahead.
    const natural = action >= 0 ? action : sent
    const first = evening && action >= 0 ? natural + 1 : natural
    if (login >= 0 && (natural < 0 || (login >= first && login <= natural + longestClosureDays))) return login
    if (action >= 0 && (sent < 0 || sent === action)) return weekdayFrom(evening ? action + 1 : action)
  }
  if (sent >= 0) return sent
  if (login >= 0) return login
  if (action < 0) return -1
  // DCE writes the trading day into ActionDay, so it is one already.
  return exchange === "DCE" ? action : weekdayFrom(evening ? action + 1 : action)
}

/**
 * Exchange time and trading day of a tick, from what CTP sends and what is known to be wrong in it (version 1).
 *
 * Day: ActionDay when it is a date; DCE's is not used at night (from 20:00, before 04:00), where it repeats the trading
 * day. Without it: the trading day for day hours; for the evening (from 18:00) the weekday before the trading day; after
 * midnight (before 06:00) the day after that weekday, which is a Saturday for Monday's trading day.
 * Trading day: TradingDay, except CZCE's at night, which is the natural day: there the login's trading day, or without
 * one the next weekday. `loginTradingDay` also stands in for a missing TradingDay.
 *
 * Version 1 knows weekends but no holidays: without ActionDay, an evening before the first trading day after a holiday
 * is put on the weekday before it (in practice snapshots only: there is no night session before a holiday). It does not
 * compare with the receive time either, so a stale snapshot keeps the time it claims.
 *
 * Shape: `updateSec` seconds since midnight in Asia/Shanghai, -1 empty, -2 not a time; days are yyyymmdd, 0 empty, -1 not
 * a date; `loginTradingDay` 0 when unknown. Never throws; fills `out` and allocates nothing.
 * Source: ctpapi-docs 6.7.8 on ActionDay and TradingDay; WonderTrader and vnpy for DCE; recordings for SHFE and CFFEX.
 */
export const settleTradingTime = (
  updateSec: number,
  updateMs: number,
  actionDay: number,
  tradingDay: number,
  exchange: Exchange,
  loginTradingDay: number,
  out: TradingTime
): TimeVerdict => {
  out.exchangeTimeMs = Number.NaN
  out.tradingDay = 0
  if (updateSec === -1) return timeVerdict.emptyTime
  if (!(updateSec >= 0 && updateSec < 24 * hour && updateMs >= 0 && updateMs < 1000)) return timeVerdict.impossibleTime

  const evening = updateSec >= 18 * hour
  const early = updateSec < 6 * hour
  const action = epochDayOf(actionDay)
  const trading = settleTradingDay(
    exchange,
    evening,
    early,
    action,
    epochDayOf(tradingDay),
    epochDayOf(loginTradingDay)
  )
  if (trading < 0) return timeVerdict.noDay

  const repeatsTradingDay = exchange === "DCE" && (updateSec >= 20 * hour || updateSec < 4 * hour)
  let natural = trading
  if (action >= 0 && !repeatsTradingDay) natural = action
  else if (evening) natural = weekdayBefore(trading)
  else if (early) natural = weekdayBefore(trading) + 1

  out.exchangeTimeMs = natural * dayMs + updateSec * 1000 + updateMs - shanghaiOffsetMs
  out.tradingDay = yyyymmddOf(trading)
  return timeVerdict.settled
}

import type { TradingCalendar } from "../calendar/trading-calendar.ts"

/**
 * No closure of the market is longer. A login day further from the tick belongs to another run (a replay, a stale
 * session).
 */
export const longestClosureDays = 15

/**
 * Trading day of a tick with a known natural day. At night a possible login day wins over the calendar: the front has
 * it from the exchange. Days are counted from 1970-01-01; `login` -1 when unknown.
 */
export const tradingDayOf = (
  natural: number,
  evening: boolean,
  night: boolean,
  login: number,
  calendar: TradingCalendar
): number => {
  const first = evening ? natural + 1 : natural
  if (night && login >= first && login <= natural + longestClosureDays) return login
  return calendar.tradingDayFrom(first)
}

/** Natural day of a tick of a trading day, which includes the evening before it and the hours after midnight. */
export const naturalDayOf = (trading: number, evening: boolean, early: boolean, calendar: TradingCalendar): number => {
  if (evening) return calendar.tradingDayUntil(trading - 1)
  return early ? calendar.tradingDayUntil(trading - 1) + 1 : trading
}

/** The last day not after `day` on which an exchange can have written such a time of day. */
export const lastPossibleDay = (day: number, early: boolean, calendar: TradingCalendar): number =>
  early ? calendar.tradingDayUntil(day - 1) + 1 : calendar.tradingDayUntil(day)

import type { GoldenCase } from "./case.ts"

/** A case without its id. */
export type HandCase = Omit<GoldenCase, "id">

type Days = readonly [actionDay: string, tradingDay: string, loginTradingDay?: string]

/**
 * `wall` and `received` are Asia/Shanghai, `2022-10-20 23:00:00.038`; `expected` is the instant and the trading day.
 */
export const at = (
  exchange: string,
  time: string,
  [action_day, trading_day, login_trading_day = ""]: Days,
  received: string | null,
  expected: readonly [wall: string, tradingDay: string, state: "fresh" | "stale"],
  why: string
): HandCase => ({
  exchange,
  update_time: time.slice(0, 8),
  update_millisec: Number(time.slice(9)),
  action_day,
  trading_day,
  login_trading_day,
  receive: received === null ? null : utc(received),
  expect: { datetime: utc(expected[0]), trading_day: expected[1], stale: expected[2] === "stale" },
  why
})

const utc = (wall: string): string => new Date(`${wall.replace(" ", "T")}+08:00`).toISOString()

export const refused = (
  time: string,
  ms: number,
  [action_day, trading_day, login_trading_day = ""]: Days,
  reason: "empty_time" | "impossible_time" | "no_day",
  why: string
): HandCase => ({
  exchange: "SHFE",
  update_time: time,
  update_millisec: ms,
  action_day,
  trading_day,
  login_trading_day,
  receive: null,
  expect: { refused: reason },
  why
})

import type { Law } from "../../../kernel/tick/law.ts"

/**
 * One tick as a consumer reads it, version 1: the type of the schema `TickMessage` as a separate interface, so that a
 * consumer needs neither the schema nor `effect`. A test proves that they are equal. `feed` and `seq` identify a
 * tick. A value that the exchange did not send is an absent key, never 0. The whole table is in
 * docs/reference/tick.md.
 */
export interface TickMessage {
  /** The exchange's own code of the contract. */
  readonly symbol: string
  readonly exchange: "CFFEX" | "SHFE" | "CZCE" | "DCE" | "INE" | "GFEX" | "SSE" | "SZSE"
  /** The exchange's clock, UTC: `2026-11-21T01:02:03.500Z`. */
  readonly datetime: string
  /** The same, epoch milliseconds UTC. */
  readonly ts: number
  /** Trading day of the tick, yyyymmdd; a night session belongs to the next trading day. */
  readonly trading_day?: string
  /** Calendar day in China, yyyymmdd. */
  readonly action_day?: string
  readonly last_price?: number
  /** Lots since the start of the trading day. */
  readonly volume: number
  /** Lots since the last published tick of the contract in the trading day; absent when not known. */
  readonly last_volume?: number
  /** CNY since the start of the trading day. */
  readonly turnover?: number
  readonly open_interest?: number
  readonly limit_up?: number
  readonly limit_down?: number
  readonly open_price?: number
  readonly high_price?: number
  readonly low_price?: number
  readonly pre_close?: number
  readonly pre_settlement?: number
  readonly bid_price_1?: number
  readonly bid_price_2?: number
  readonly bid_price_3?: number
  readonly bid_price_4?: number
  readonly bid_price_5?: number
  readonly bid_volume_1?: number
  readonly bid_volume_2?: number
  readonly bid_volume_3?: number
  readonly bid_volume_4?: number
  readonly bid_volume_5?: number
  readonly ask_price_1?: number
  readonly ask_price_2?: number
  readonly ask_price_3?: number
  readonly ask_price_4?: number
  readonly ask_price_5?: number
  readonly ask_volume_1?: number
  readonly ask_volume_2?: number
  readonly ask_volume_3?: number
  readonly ask_volume_4?: number
  readonly ask_volume_5?: number
  /** As the exchange sends it. */
  readonly average_price?: number
  /** The feed that delivered this tick first. */
  readonly feed: string
  /** Number within the feed's run: 1, 2, 3, … */
  readonly seq: number
  /** Time of the vendor's callback, epoch milliseconds UTC with three decimals (microseconds). */
  readonly recv_ts: number
  /** Laws that the published tick breaks, docs/reference/laws.md; absent: none. */
  readonly flags?: ReadonlyArray<Law>
}

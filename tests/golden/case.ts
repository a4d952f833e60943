/** A case of `trading-time.jsonl`; the format is explained in docs/reference/golden-vectors.md. */
export interface GoldenCase {
  readonly id: string
  readonly exchange: string
  readonly update_time: string
  readonly update_millisec: number
  /** As CTP sends it; "" empty. */
  readonly action_day: string
  readonly trading_day: string
  readonly login_trading_day: string
  /** UTC with milliseconds; null unknown. */
  readonly receive: string | null
  readonly expect:
    | { readonly datetime: string; readonly trading_day: string; readonly stale: boolean }
    | { readonly refused: "empty_time" | "impossible_time" | "no_day" }
  readonly why: string
}

import type { BarColumns } from "../alpha158/bar-columns.ts"

/** Where prices come from. `synthetic` ones are generated: no daemon that trades real money takes them. */
export const marketKinds = ["real", "synthetic"] as const
export type MarketKind = (typeof marketKinds)[number]

export const adjustments = ["raw", "split", "dividend", "all"] as const
export type Adjustment = (typeof adjustments)[number]

/** Which series a file of bars belongs to. */
export interface BarsKey {
  readonly symbol: string
  /** As Alpaca names it: `1Day`. */
  readonly timeframe: string
  readonly adjustment: Adjustment
}

/** The bars of one symbol, and what they are. */
export interface BarsSet extends BarsKey {
  readonly market: MarketKind
  /** Who gave them, e.g. `alpaca sip`, `csv`, `synthetic seed 1`. */
  readonly source: string
  readonly bars: BarColumns
}

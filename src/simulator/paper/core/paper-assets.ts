import type { PriceUnits } from "./amount.ts"
import { uuidOf } from "./paper-ids.ts"

/** One stock of the simulated market. What is left out has the value of an ordinary large stock. */
export interface SymbolSpec {
  readonly symbol: string
  readonly price?: PriceUnits
  readonly tradable?: boolean
  readonly fractionable?: boolean
  readonly shortable?: boolean
}

export interface PaperAsset {
  readonly id: string
  readonly symbol: string
  readonly exchange: string
  readonly tradable: boolean
  readonly fractionable: boolean
  readonly shortable: boolean
}

export interface PaperAssets {
  readonly all: ReadonlyArray<PaperAsset>
  /** By ticker or by asset id. */
  readonly find: (symbolOrId: string) => PaperAsset | undefined
}

export const makePaperAssets = (specs: ReadonlyArray<SymbolSpec>): PaperAssets => {
  const all = specs.map(
    ({ fractionable = true, shortable = true, symbol, tradable = true }): PaperAsset => ({
      // The id depends on the ticker only, as ids of real assets do not change from one account to another.
      id: uuidOf(`asset:${symbol}`),
      symbol,
      exchange: "NASDAQ",
      tradable,
      fractionable,
      shortable
    })
  )
  const known = new Map(all.flatMap((asset) => [[asset.symbol, asset] as const, [asset.id, asset] as const]))
  return { all, find: (name) => known.get(name) }
}

export const assetView = (asset: PaperAsset) => ({
  id: asset.id,
  class: "us_equity",
  cusip: null,
  exchange: asset.exchange,
  symbol: asset.symbol,
  name: `${asset.symbol} simulated common stock`,
  status: "active",
  tradable: asset.tradable,
  marginable: true,
  maintenance_margin_requirement: 30,
  margin_requirement_long: "30",
  margin_requirement_short: "30",
  shortable: asset.shortable,
  easy_to_borrow: asset.shortable,
  borrow_status: asset.shortable ? "easy_to_borrow" : "hard_to_borrow",
  fractionable: asset.fractionable,
  attributes: []
})

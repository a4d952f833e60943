import type { Exchange } from "../../kernel/instrument/exchange.ts"

/** Code style of an exchange. Source: ctp.md section 4, contract lists of the six exchanges. */
export type CodeStyle = "plain" | "dashed" | "three-digit"

/** A product with generated contracts. Prices in CNY as quoted; typical levels of late 2026. */
export interface MarketProduct {
  readonly exchange: Exchange
  readonly product: string
  readonly style: CodeStyle
  readonly priceTick: number
  readonly multiplier: number
  readonly basePrice: number
  readonly options: { readonly product: string; readonly strikeStep: number; readonly priceTick: number } | undefined
}

type Row = readonly [
  product: string,
  priceTick: number,
  multiplier: number,
  basePrice: number,
  options?: readonly [strikeStep: number, priceTick: number, product?: string]
]

const of = (exchange: Exchange, style: CodeStyle, rows: ReadonlyArray<Row>): ReadonlyArray<MarketProduct> =>
  rows.map(([product, priceTick, multiplier, basePrice, options]) => ({
    exchange,
    product,
    style,
    priceTick,
    multiplier,
    basePrice,
    options:
      options === undefined
        ? undefined
        : { strikeStep: options[0], priceTick: options[1], product: options[2] ?? product }
  }))

const cffex = of("CFFEX", "dashed", [
  ["IF", 0.2, 300, 4600, [50, 0.2, "IO"]],
  ["IC", 0.2, 200, 7200],
  ["IH", 0.2, 300, 3000, [50, 0.2, "HO"]],
  ["IM", 0.2, 200, 7400, [100, 0.2, "MO"]],
  ["T", 0.005, 10_000, 108.5],
  ["TF", 0.005, 10_000, 106],
  ["TS", 0.002, 20_000, 102.4],
  ["TL", 0.01, 10_000, 115]
])

const shfe = of("SHFE", "plain", [
  ["rb", 1, 10, 3100, [50, 0.5]],
  ["cu", 10, 5, 87_000, [1000, 2]],
  ["al", 5, 5, 21_500, [100, 1]],
  ["zn", 5, 5, 23_000, [200, 1]],
  ["au", 0.02, 1000, 950, [8, 0.02]],
  ["ag", 1, 15, 12_000, [100, 0.5]],
  ["hc", 1, 10, 3300],
  ["ru", 5, 10, 15_200, [250, 1]],
  ["ni", 10, 1, 118_000],
  ["fu", 1, 10, 2700],
  ["bu", 1, 10, 3100],
  ["sp", 2, 10, 5400]
])

const dce = of("DCE", "dashed", [
  ["m", 1, 10, 3000, [50, 0.5]],
  ["y", 2, 10, 8300, [100, 0.5]],
  ["p", 2, 10, 8700, [100, 0.5]],
  ["a", 1, 10, 4100],
  ["c", 1, 10, 2200, [20, 0.5]],
  ["i", 0.5, 100, 780, [10, 0.1]],
  ["j", 0.5, 100, 1600],
  ["jm", 0.5, 60, 1150],
  ["v", 1, 5, 4600],
  ["pp", 1, 5, 6500],
  ["l", 1, 5, 6900],
  ["eg", 1, 10, 3900],
  ["lh", 5, 16, 11_800]
])

const czce = of("CZCE", "three-digit", [
  ["SR", 1, 10, 5400, [100, 0.5]],
  ["CF", 5, 5, 13_700, [200, 1]],
  ["TA", 2, 5, 4700, [50, 0.5]],
  ["MA", 1, 10, 2100, [25, 0.5]],
  ["FG", 1, 20, 1050],
  ["SA", 1, 20, 1200],
  ["OI", 1, 10, 9700],
  ["RM", 1, 10, 2400],
  ["AP", 1, 10, 9000],
  ["UR", 1, 20, 1650]
])

const ine = of("INE", "plain", [
  ["sc", 0.1, 1000, 450, [5, 0.05]],
  ["nr", 5, 10, 12_500],
  ["lu", 1, 10, 3200],
  ["bc", 10, 5, 77_000]
])

const gfex = of("GFEX", "dashed", [
  ["si", 5, 5, 9000, [100, 0.5]],
  ["lc", 20, 1, 98_000],
  ["ps", 5, 3, 53_000]
])

/** Products with alternating exchanges, so that even a short contract list covers all six. */
export const marketProducts: ReadonlyArray<MarketProduct> = (() => {
  const hands = [cffex, shfe, dce, czce, ine, gfex]
  const rounds = Math.max(...hands.map((hand) => hand.length))
  return Array.from({ length: rounds }, (_, round) => hands.flatMap((hand) => hand.slice(round, round + 1))).flat()
})()

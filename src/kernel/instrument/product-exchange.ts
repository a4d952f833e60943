import type { Exchange } from "./exchange.ts"

/**
 * Futures products by exchange, past and present, in the exchange's own case. The options of a product share its
 * letters, except CFFEX's IO, HO and MO. No letters are listed twice, so the reverse look-up is unique.
 * Source: contract lists of 2021-06, 2022-03 and 2025-12, and the exchanges' notices for products that are no longer
 * listed (CZCE: WT WS hard and strong wheat, RO ER ME TC before they became OI RI MA ZC).
 */
export const productsByExchange = {
  CFFEX: "IF IC IH IM T TF TS TL IO HO MO",
  SHFE: "cu al zn pb ni sn au ag rb wr hc ss bu ru fu sp br ao ad op",
  INE: "sc lu nr bc ec",
  DCE: "a b m y p c cs rr l v pp eg eb pg bz j jm i jd lh fb bb lg",
  CZCE: "WH PM CF SR TA OI RI MA FG RS RM ZC JR LR SF SM CY AP CJ UR SA PF PK PX SH PR PL WT WS RO ER ME TC",
  GFEX: "si lc ps pt pd"
} as const satisfies Partial<Record<Exchange, string>>

/** Exchange of every known product. Keys are exact: `c` is DCE's corn, `C` is not a product; `SR` is CZCE's sugar. */
export const productExchange: ReadonlyMap<string, Exchange> = new Map(
  Object.entries(productsByExchange).flatMap(([exchange, products]) =>
    products.split(" ").map((product) => [product, exchange as keyof typeof productsByExchange] as const)
  )
)

/** Exchange that lists (or listed) a product; undefined when none is known. The case of the letters matters. */
export const exchangeOfProduct = (product: string): Exchange | undefined => productExchange.get(product)

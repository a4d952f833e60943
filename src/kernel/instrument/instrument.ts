import type { Exchange } from "./exchange.ts"

/**
 * One contract as the line knows it.
 * Identity: `index`, given once per daemon run in order of first appearance; `id` is the exchange's own code, case kept.
 */
export interface Instrument {
  readonly index: number
  readonly id: string
  readonly exchange: Exchange
  /** Letters of the code that name the product: `rb`, `IF`, `m`. */
  readonly product: string
}

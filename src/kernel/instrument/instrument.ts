import type { Exchange } from "./exchange.ts"

/**
 * One contract inside the daemon.
 * Identity: `index`, assigned once in a daemon's run in sequence of first appearance; `id` is the exchange's own code
 * with its case.
 */
export interface Instrument {
  readonly index: number
  readonly id: string
  readonly exchange: Exchange
  /** Letters of the code that name the product: `rb`, `IF`, `m`. */
  readonly product: string
}

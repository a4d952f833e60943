import { Context } from "effect"

/**
 * Open gap records of the market data. Every adapter promises: what cannot be read now is a reason, never "no gap".
 * Instruments that no CTP exchange lists have no gap records.
 */
export class MarketGaps extends Context.Service<
  MarketGaps,
  {
    /** Why prices of the instrument must not be used, one sentence. `undefined`: nothing is known against them. */
    readonly problem: (symbol: string) => string | undefined
  }
>()("tickd/trading/MarketGaps") {}

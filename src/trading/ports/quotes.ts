import { Context, type Effect } from "effect"
import type { Decimal } from "../../kernel/decimal.ts"
import type { QuoteView } from "../domain/risk/gate-view.ts"

/**
 * The newest good quotes, in memory. Every adapter promises: a crossed, one-sided, not finite or future quote does not
 * replace a good one, and is counted; `taint` says what makes a quote unusable (a halt, an open gap record).
 */
export class Quotes extends Context.Service<
  Quotes,
  {
    readonly quote: (symbol: string) => QuoteView | undefined
    /** Adds a source that wants a symbol. The same source twice is one. */
    readonly want: (symbol: string, source: string) => Effect.Effect<void>
    /** The symbol is given up when no source is left. */
    readonly release: (symbol: string, source: string) => Effect.Effect<void>
    /** Shares; from memory, refreshed once a trading day. */
    readonly averageDailyVolume: (symbol: string) => Decimal | undefined
  }
>()("tickd/trading/Quotes") {}

import { Context, type Effect, Schema } from "effect"
import type { BarColumns } from "../domain/signal/alpha158/bar-columns.ts"
import type { BarsKey, MarketKind } from "../domain/signal/market/bars-set.ts"

/** A page that did not come. */
export class HistoryError extends Schema.TaggedError<HistoryError>()("HistoryError", {
  message: Schema.String,
  /** It may come later: a limit ends, a connection comes back. */
  passes: Schema.Boolean,
  /** Not before this time, milliseconds from now. */
  retryAfterMs: Schema.Int
}) {}

export interface HistoryPage {
  /** Ascending; may be empty. */
  readonly bars: BarColumns
  /** Undefined: the last page. */
  readonly next: string | undefined
}

/** Bars of the past. Every adapter promises: a page that cannot be read in full is a failure and no shorter page. */
export class BarHistory extends Context.Service<
  BarHistory,
  {
    readonly market: MarketKind
    readonly source: string
    /** Days `from` to `to`, both included. */
    readonly page: (
      query: BarsKey & { readonly from: string; readonly to: string },
      token: string | undefined
    ) => Effect.Effect<HistoryPage, HistoryError>
  }
>()("tickd/trading/BarHistory") {}

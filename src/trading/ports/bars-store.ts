import { Context, type Effect, Schema } from "effect"
import type { BarsKey, BarsSet, MarketKind } from "../domain/signal/market/bars-set.ts"

/** A file of bars that cannot be used. `code` is stable. */
export class BarsError extends Schema.TaggedError<BarsError>()("BarsError", {
  code: Schema.Literals(["BARS_MISSING", "BARS_DAMAGED", "BARS_SYNTHETIC", "BARS_NOT_WRITTEN"]),
  message: Schema.String
}) {}

/** What is known of a file without reading it. */
export interface BarsEntry {
  readonly rows: number
  readonly from: string | null
  readonly to: string | null
  readonly sha256: string
  readonly market: MarketKind
  readonly source: string
}

/** Bars on disk. Every adapter promises: a series is replaced as a whole, and read as it was written or not at all. */
export class BarsStore extends Context.Service<
  BarsStore,
  {
    /** Symbols in order. */
    readonly list: (key: Omit<BarsKey, "symbol">) => Effect.Effect<ReadonlyMap<string, BarsEntry>, BarsError>
    readonly read: (key: BarsKey) => Effect.Effect<BarsSet, BarsError>
    readonly write: (set: BarsSet) => Effect.Effect<BarsEntry, BarsError>
  }
>()("tickd/trading/BarsStore") {}

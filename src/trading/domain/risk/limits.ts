import { BigDecimal } from "effect"
import type { Decimal } from "../../../kernel/decimal.ts"

/**
 * The limits of one account. Identity: `version`; who changed them, when and why is in the journal `limits`.
 * Units: shares, USD, shares of 1, milliseconds. A limit is the largest value that passes.
 */
export interface Limits {
  readonly version: number
  readonly fatFingerNotional: Decimal
  readonly fatFingerQuantity: Decimal
  /** Share of the average daily volume. */
  readonly fatFingerAdvShare: Decimal
  /** A quote that is older, on the exchange's clock, is no price. */
  readonly quoteAgeMsMax: number
  /** Distance of a limit or stop price from the middle of the quote, as a share of it. */
  readonly priceCollarShare: Decimal
  readonly positionQuantity: Decimal
  /** Share of the account's equity. */
  readonly positionShare: Decimal
  readonly grossNotional: Decimal
  readonly netNotional: Decimal
  readonly longNotional: Decimal
  readonly shortNotional: Decimal
  readonly blacklist: ReadonlySet<string>
  /** The same symbol, side, quantity and price within this time is a duplicate. */
  readonly duplicateWindowMs: number
  readonly ordersPerMinute: number
  /** Executions of a strategy in one symbol and side within the window; then it stops until it is released. */
  readonly repeatedExecutions: number
  readonly repeatedWindowMs: number
  /** Overrides of the three fat-finger limits by symbol. */
  readonly symbols: ReadonlyMap<string, FatFinger>
}

export type FatFinger = Partial<Pick<Limits, "fatFingerNotional" | "fatFingerQuantity" | "fatFingerAdvShare">>

const usd = (amount: number): Decimal => BigDecimal.fromBigInt(BigInt(amount))

/** The reference's defaults; what it lacks is ours: collar, duplicate, rates, repeated executions. */
export const defaultLimits: Limits = {
  version: 0,
  fatFingerNotional: usd(100_000),
  fatFingerQuantity: usd(10_000),
  fatFingerAdvShare: BigDecimal.make(5n, 2),
  quoteAgeMsMax: 30_000,
  priceCollarShare: BigDecimal.make(5n, 2),
  positionQuantity: usd(1000),
  positionShare: BigDecimal.make(20n, 2),
  grossNotional: usd(100_000),
  netNotional: usd(100_000),
  longNotional: usd(80_000),
  shortNotional: usd(20_000),
  blacklist: new Set(),
  duplicateWindowMs: 2000,
  ordersPerMinute: 40,
  repeatedExecutions: 20,
  repeatedWindowMs: 60_000,
  symbols: new Map()
}

/** A value at or beyond this share of its limit is reported as a warning. */
export const warnShare: Decimal = BigDecimal.make(80n, 2)

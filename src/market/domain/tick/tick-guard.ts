import { exchanges } from "../../../kernel/instrument/exchange.ts"
import { absentFrom } from "../../../kernel/instrument/price.ts"
import { laws } from "../../../kernel/tick/law.ts"
import type { DomainTick } from "./tick.ts"

const exchangeNames: ReadonlySet<unknown> = new Set(exchanges.slice(1))
const lawNames: ReadonlySet<unknown> = new Set(laws)

const isName = (value: unknown): boolean => typeof value === "string" && value.length > 0
const isPrice = (value: unknown): boolean => typeof value === "number" && value >= -absentFrom && value <= absentFrom
const isLots = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isNotNegative = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0
const isDay = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 19900101 && (value as number) <= 20991231

/** True when the key is absent or its value passes. A key that is there with `undefined` is neither. */
const has = (object: object, key: string, passes: (value: unknown) => boolean): boolean =>
  !Object.hasOwn(object, key) || passes((object as Record<string, unknown>)[key])

const isLevel = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.hasOwn(value, "volumeLots") &&
  isLots((value as { volumeLots: unknown }).volumeLots) &&
  has(value, "price", isPrice)

const isSide = (value: unknown): boolean => {
  if (!Array.isArray(value) || value.length > 5) return false
  for (let level = 0; level < value.length; level++) if (!isLevel(value[level])) return false
  return true
}

const isFlags = (value: unknown): boolean => {
  if (!Array.isArray(value)) return false
  for (let at = 0; at < value.length; at++) if (!lawNames.has(value[at])) return false
  return true
}

const optionalPrices = [
  "lastPrice",
  "turnover",
  "upperLimit",
  "lowerLimit",
  "openPrice",
  "highPrice",
  "lowPrice",
  "preClose",
  "preSettlement",
  "averagePrice"
] as const

/**
 * Says what `Schema.is(DomainTick)` says, some fifty times faster: written out by hand, nothing interpreted, nothing
 * allocated. A property test holds the two equal, so a new field belongs in both.
 */
export const isDomainTick = (value: unknown): value is DomainTick => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const tick = value as Record<keyof DomainTick, unknown>
  if (
    !(
      isName(tick.instrumentId) &&
      exchangeNames.has(tick.exchange) &&
      isName(tick.feed) &&
      isLots(tick.sequence) &&
      (tick.sequence as number) >= 1 &&
      isLots(tick.exchangeTimeMs) &&
      isNotNegative(tick.receivedMs) &&
      isLots(tick.volumeLots) &&
      has(tick, "tradingDay", isDay) &&
      has(tick, "lastVolumeLots", isLots) &&
      has(tick, "openInterest", isNotNegative)
    )
  ) {
    return false
  }
  for (const key of optionalPrices) if (!has(tick, key, isPrice)) return false
  return isSide(tick.bids) && isSide(tick.asks) && isFlags(tick.flags)
}

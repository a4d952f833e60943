import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"

/** Prices of the simulated market are whole units of a hundredth of a cent, so that matching compares integers. */
export type PriceUnits = number
const unitPlaces = 4

export const unitsText = (units: PriceUnits): Decimal =>
  BigDecimal.normalize(BigDecimal.make(BigInt(units), unitPlaces))

/** `undefined`: finer than a unit. */
export const unitsOf = (price: Decimal): PriceUnits | undefined => {
  const { scale, value } = BigDecimal.normalize(price)
  return scale > unitPlaces ? undefined : Number(value * 10n ** BigInt(unitPlaces - scale))
}

export const placesOf = (value: Decimal): number => Math.max(0, BigDecimal.normalize(value).scale)
export const isWhole = (value: Decimal): boolean => placesOf(value) === 0

const rounded = (value: Decimal, places: number, mode: "half-even" | "floor"): Decimal =>
  BigDecimal.normalize(BigDecimal.round(value, { scale: places, mode }))

/** `a / b` with so many places; 0 when `b` is. */
export const ratio = (a: Decimal, b: Decimal, places: number): Decimal =>
  BigDecimal.isZero(b) ? zero : rounded(BigDecimal.divideUnsafe(a, b), places, "half-even")

export const wholeQuotient = (a: Decimal, b: Decimal, places: number): Decimal =>
  rounded(BigDecimal.divideUnsafe(a, b), places, "floor")

export const toPlaces = (value: Decimal, places: number): Decimal => rounded(value, places, "half-even")
export const floorTo = (value: Decimal, places: number): Decimal => rounded(value, places, "floor")

import { BigDecimal } from "effect"

/** An exact decimal number: quantities and money are never binary fractions. */
export type Decimal = BigDecimal.BigDecimal

export const zero: Decimal = BigDecimal.make(0n, 0)

/** Places after the point that a venue accepts for a quantity. */
export const decimalPlacesMax = 9
const form = /^-?(0|[1-9]\d{0,17})(\.\d{1,9})?$/

/**
 * Reads plain notation: at most 18 digits before the point and 9 after it, no exponent, no sign but a minus.
 * Anything else (NaN, 1e308, a number with spaces) is `undefined`.
 */
export const parseDecimal = (text: string): Decimal | undefined =>
  form.test(text) ? BigDecimal.normalize(BigDecimal.fromStringUnsafe(text)) : undefined

/** The one text of a number: no trailing zeros, no exponent. 150, 150.0 and 150.00 agree. */
export const decimalText = (value: Decimal): string => {
  const { value: digits, scale } = BigDecimal.normalize(value)
  if (scale <= 0) return (digits * 10n ** BigInt(-scale)).toString()
  const negative = digits < 0n
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, "0")
  return `${negative ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

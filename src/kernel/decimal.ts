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

/** A running sum, exact, that makes no object for each addend: for sums over every position of a book. */
export class DecimalSum {
  private digits = 0n
  private scale = 0

  add({ scale, value }: Decimal): void {
    if (scale > this.scale) {
      this.digits *= 10n ** BigInt(scale - this.scale)
      this.scale = scale
    }
    this.digits += scale === this.scale ? value : value * 10n ** BigInt(this.scale - scale)
  }

  get total(): Decimal {
    return BigDecimal.make(this.digits, this.scale)
  }
}

/**
 * The quotient with at most so many places, halves away from 0. `BigDecimal.divide` computes 100 digits first, which
 * costs ten times as much where an average follows each execution. The divisor must not be 0.
 */
export const divideRounded = (dividend: Decimal, divisor: Decimal, places: number): Decimal => {
  const shift = places + divisor.scale - dividend.scale
  const numerator = shift >= 0 ? dividend.value * 10n ** BigInt(shift) : dividend.value
  const denominator = shift >= 0 ? divisor.value : divisor.value * 10n ** BigInt(-shift)
  const negative = numerator < 0n !== denominator < 0n
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator]
  const rounded = (2n * n + d) / (2n * d)
  return BigDecimal.normalize(BigDecimal.make(negative ? -rounded : rounded, places))
}

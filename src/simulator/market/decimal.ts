/** A front's price for "no value". */
export const noPrice = Number.MAX_VALUE

/** Powers of ten that a double holds exactly. */
const exactPowers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/**
 * The double of the decimal text in the bytes `start .. end - 1`, or NaN when they hold none.
 * Shape: empty and `N/A` are `noPrice`, and so is every printed form of DBL_MAX (>= 1e300: `1.79769e+308` is smaller
 * than DBL_MAX when parsed, `1.79769313486232e+308` larger). Correctly rounded: up to 15 digits by one exact division
 * (both sides are exact doubles), longer texts by the language's own parser.
 */
export const parseDouble = (bytes: Uint8Array, start: number, end: number): number => {
  if (start === end) return noPrice
  let at = start
  const first = bytes[at] as number
  const negative = first === minus
  if (negative || first === plus) at++
  let mantissa = 0
  let digits = 0
  let decimals = 0
  let seenPoint = false
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= zero && byte <= nine) {
      mantissa = mantissa * 10 + (byte - zero)
      digits++
      if (seenPoint) decimals++
    } else if (byte === point && !seenPoint) seenPoint = true
    else return slowDouble(bytes, start, end)
  }
  if (digits === 0) return Number.NaN
  if (digits > 15) return slowDouble(bytes, start, end)
  const value = decimals === 0 ? mantissa : mantissa / (exactPowers[decimals] as number)
  return negative ? -value : value
}

/** The int32 of the text, or NaN. Empty is 0; `21.00` and `1e3` are integers, `1.5` and 3000000000 are not. */
export const parseInt32 = (bytes: Uint8Array, start: number, end: number): number => {
  if (start === end) return 0
  const value = parseDouble(bytes, start, end)
  return (value | 0) === value ? value : Number.NaN
}

const minus = 0x2d
const plus = 0x2b
const point = 0x2e
const zero = 0x30
const nine = 0x39

const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Exponents, long mantissas and `N/A`. */
const slowDouble = (bytes: Uint8Array, start: number, end: number): number => {
  let text = ""
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number)
  if (text === "N/A") return noPrice
  if (!decimalNumber.test(text)) return Number.NaN
  const value = Number(text)
  return value >= 1e300 ? noPrice : value
}

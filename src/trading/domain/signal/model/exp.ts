// LightGBM runs on the exponential of the C library, which is right in its last bit in nearly every case. That of
// JavaScript is not, and differs between engines. Here whole numbers of 160 bits leave one rounding, at the end.

const bits = 160n
const one = 1n << bits
/** ln 2 times 2^160. */
const ln2 = 1013035739299659071135698605846798551586536899366n
const halvings = 8n
/** Terms of the series: 0.0014^13 / 13! is below 2^-150. */
const terms = 13n

/** A double times 2^160; what is below is cut off. */
const fixedOf = (x: number): bigint => {
  const exponent = Math.floor(Math.log2(Math.abs(x))) - 54
  const mantissa = BigInt(x * 2 ** -exponent)
  const shift = bits + BigInt(exponent)
  return shift >= 0n ? mantissa << shift : mantissa >> -shift
}

/** The double nearest to e^x. */
export const correctlyRoundedExp = (x: number): number => {
  if (Number.isNaN(x)) return x
  if (x > 710) return Number.POSITIVE_INFINITY
  if (x < -746) return 0
  // Below half of the distance to the next double.
  if (Math.abs(x) < 2 ** -60) return 1
  const fixed = fixedOf(x)
  // Rounds to the nearest, so that the rest is at most half of ln 2.
  const power = (fixed + ln2 / 2n) / ln2 - (fixed + ln2 / 2n < 0n ? 1n : 0n)
  const rest = (fixed - power * ln2) >> halvings
  let term = one
  let sum = one
  for (let at = 1n; at <= terms; at++) {
    term = (term * rest) / (at << bits)
    sum += term
  }
  for (let at = 0n; at < halvings; at++) sum = (sum * sum) >> bits
  // sum * 2^(power - 160) to 53 bits, fewer where the result has no more.
  const length = sum >= one ? bits + 1n : bits
  const least = -1074n - (power - bits)
  const drop = length - 53n > least ? length - 53n : least
  const half = 1n << (drop - 1n)
  // An exact tie cannot occur: e^x is irrational.
  const rounded = (sum + half) >> drop
  return Number(rounded) * 2 ** Number(power - bits + drop)
}

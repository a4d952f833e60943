import { sha256Hex } from "../../../../kernel/sha256.ts"
import { alpha158 } from "./alpha158.ts"
import type { BarColumns } from "./bar-columns.ts"
import { alpha158Names, epsilon, flatDeviation, windows } from "./names.ts"

const probeBars = 70

/** Bars made with whole numbers only, so that they are the same everywhere: gaps, ties, a flat stretch, no volume. */
const probe = (): BarColumns => {
  let state = 158
  const next = (below: number): number => {
    state = (state * 1103 + 12345) % 65_536
    return state % below
  }
  const cents = Array.from({ length: probeBars }, (_, at) => {
    if (at === 3 || at === 41) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
    if (at >= 24 && at < 31) return [1000, 1000, 1000, 1000]
    const [open, close] = [1000 + next(40) * 5, 1000 + next(40) * 5]
    return [open, Math.max(open, close) + next(4) * 5, Math.min(open, close) - next(4) * 5, close]
  })
  const prices = (field: number) => Float64Array.from(cents, (bar) => (bar[field] as number) / 100)
  return {
    dates: cents.map((_, at) => String(at)),
    open: prices(0),
    high: prices(1),
    low: prices(2),
    close: prices(3),
    volume: Float64Array.from(cents, (_, at) => (at % 17 === 9 ? 0 : 1000 + next(5000))),
    vwap: Float64Array.from(cents, (bar) => ((bar[1] as number) + (bar[2] as number)) / 200)
  }
}

/** A difference in the last digits, as another implementation of the logarithm would make it, is none. */
const rounded = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  const coarse = Math.abs(value) < 1 ? value.toFixed(9) : value.toPrecision(10)
  return coarse === "-0.000000000" ? "0.000000000" : coarse
}

let computed: string | undefined

/**
 * What the features are: 64 hexadecimal digits over their names, their parameters, and what the code computes for bars
 * that reach its special cases. A model is served only by features with the fingerprint that it was trained with; a
 * change of the code that changes no value leaves it as it is.
 */
export const featureFingerprint = (): string => {
  computed ??= sha256Hex(
    JSON.stringify({
      names: alpha158Names,
      windows,
      epsilon,
      flatDeviation,
      probe: Array.from(alpha158(probe()), rounded)
    })
  )
  return computed
}

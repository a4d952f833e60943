import { newYorkDay } from "../../../../kernel/calendar/new-york.ts"
import type { BarColumns } from "../alpha158/bar-columns.ts"
import type { SymbolBars } from "../bundle/score-symbols.ts"

export interface SyntheticSettings {
  readonly seed: number
  readonly symbols: number
  /** Trading days of New York, the last being `to` or the one before it. */
  readonly days: number
  readonly to: string
}

/** The last `count` trading days of New York up to a day, the oldest first. */
export const tradingDaysUpTo = (to: string, count: number): ReadonlyArray<string> => {
  const days: Array<string> = []
  for (let ms = Date.parse(`${to}T00:00:00Z`); days.length < count; ms -= 86_400_000) {
    const day = new Date(ms).toISOString().slice(0, 10)
    if (newYorkDay(day) !== undefined) days.push(day)
  }
  return days.toReversed()
}

/** A part of what a symbol gained over the last `reversalBars` days is lost again: the one thing there is to learn. */
const reversal = 0.06
const reversalBars = 10
const noise = 0.012
const marketNoise = 0.006

/** Whole numbers of 32 bits from a seed (mulberry32), so that a market is the same everywhere. */
const numbersOf = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Mean 0 and deviation 1, by sums and products only: an engine's logarithm would make markets differ. */
const bellOf = (next: () => number) => (): number => {
  let sum = 0
  for (let at = 0; at < 12; at++) sum += next()
  return sum - 6
}

const cents = (price: number): number => Math.max(1, Math.round(price * 100)) / 100

const barsOf = (seed: number, dates: ReadonlyArray<string>, market: ReadonlyArray<number>): BarColumns => {
  const next = numbersOf(seed)
  const bell = bellOf(next)
  const column = () => new Float64Array(dates.length)
  const bars = { open: column(), high: column(), low: column(), close: column(), volume: column(), vwap: column() }
  const usual = 200_000 + Math.floor(next() * 3_000_000)
  let before = 20 + next() * 180
  for (const at of dates.keys()) {
    const past =
      at > reversalBars + 1 ? (bars.close[at - 2] as number) / (bars.close[at - 2 - reversalBars] as number) - 1 : 0
    const change = (market[at] as number) - reversal * past + noise * bell()
    const close = cents(before * (1 + change))
    const open = cents(before * (1 + change * 0.3 + 0.004 * bell()))
    const high = Math.max(open, close, cents(Math.max(open, close) * (1 + 0.006 * Math.abs(bell()))))
    const low = Math.min(open, close, cents(Math.min(open, close) * (1 - 0.006 * Math.abs(bell()))))
    bars.open[at] = open
    bars.high[at] = high
    bars.low[at] = low
    bars.close[at] = close
    bars.volume[at] = Math.round(usual * (0.6 + 0.8 * next() + 20 * Math.abs(change)))
    bars.vwap[at] = Math.round(((open + high + low + close) / 4) * 10_000) / 10_000
    before = close
  }
  return { dates, ...bars }
}

/**
 * A daily market of generated prices, for tests, the demo and the example model. It is no market: a symbol falls back a
 * little after ten days of gains, and everything else is chance. The same settings give the same bars.
 */
export const syntheticMarket = ({ days, seed, symbols, to }: SyntheticSettings): ReadonlyArray<SymbolBars> => {
  const dates = tradingDaysUpTo(to, days)
  const bell = bellOf(numbersOf(seed))
  const market = dates.map(() => marketNoise * bell())
  return Array.from({ length: symbols }, (_, at) => ({
    symbol: `SYN${String(at + 1).padStart(3, "0")}`,
    bars: barsOf(seed * 1000 + at + 1, dates, market)
  }))
}

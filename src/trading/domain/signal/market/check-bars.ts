import { newYorkDay } from "../../../../kernel/calendar/new-york.ts"
import type { BarColumns } from "../alpha158/bar-columns.ts"

export const barsFindings = [
  "hole",
  "not-a-trading-day",
  "missing-value",
  "zero-volume",
  "impossible",
  "split"
] as const

/** Something about a series of bars that a person must know before a model learns from it. */
export interface BarsFinding {
  readonly kind: (typeof barsFindings)[number]
  readonly date: string
  readonly message: string
}

const dayMs = 86_400_000
/** Ratios of splits that are common; a day's move is as large as this only by a split. */
const ratios = [2, 3, 4, 5, 7, 10, 15, 20, 25, 50]
const splitTolerance = 0.08

/** `3:1` for a price that fell to a third, `1:3` for one that rose to three times as much; undefined: a normal day. */
const splitOf = (before: number, now: number): string | undefined => {
  const factor = before / now
  for (const ratio of ratios) {
    if (Math.abs(factor / ratio - 1) < splitTolerance) return `${ratio}:1`
    if (Math.abs(factor * ratio - 1) < splitTolerance) return `1:${ratio}`
  }
  return undefined
}

/** Trading days of New York between two days, both left out. */
const daysBetween = (from: string, to: string): ReadonlyArray<string> => {
  const days: Array<string> = []
  for (let ms = Date.parse(`${from}T00:00:00Z`) + dayMs; ms < Date.parse(`${to}T00:00:00Z`); ms += dayMs) {
    const day = new Date(ms).toISOString().slice(0, 10)
    if (newYorkDay(day) !== undefined) days.push(day)
  }
  return days
}

/** Holes, days without trade, missing values, bars that cannot be, and jumps that look like splits, in order. */
export const checkBars = ({ close, dates, high, low, open, volume, vwap }: BarColumns): ReadonlyArray<BarsFinding> => {
  const findings: Array<BarsFinding> = []
  let last: number | undefined
  for (const [at, date] of dates.entries()) {
    const say = (kind: BarsFinding["kind"], message: string) => findings.push({ kind, date, message })
    const before = dates[at - 1]
    const holes = before === undefined ? [] : daysBetween(before, date)
    if (holes.length > 0) {
      say(
        "hole",
        `${holes.length} trading days missing before it: ${holes[0]}${holes.length > 1 ? ` to ${holes.at(-1)}` : ""}`
      )
    }
    if (newYorkDay(date) === undefined) say("not-a-trading-day", "New York's exchanges are shut on it")
    const [o, h, l, c] = [open[at], high[at], low[at], close[at]] as [number, number, number, number]
    const missing = Object.entries({ open: o, high: h, low: l, close: c, volume: volume[at] as number })
      .filter(([, value]) => Number.isNaN(value))
      .map(([name]) => name)
    if (missing.length > 0) say("missing-value", `no ${missing.join(", ")}`)
    if (volume[at] === 0) say("zero-volume", "nothing was traded")
    if (h < Math.max(o, c) || l > Math.min(o, c) || Math.min(o, h, l, c) <= 0 || (volume[at] as number) < 0) {
      say("impossible", `open ${o}, high ${h}, low ${l}, close ${c}, volume ${volume[at]}`)
    } else if ((vwap[at] as number) < l || (vwap[at] as number) > h) {
      say("impossible", `the average price ${vwap[at]} is outside ${l} to ${h}`)
    }
    const split = last === undefined || Number.isNaN(c) ? undefined : splitOf(last, c)
    if (split !== undefined)
      say("split", `${last} to ${c} looks like a split of ${split} that the prices are not adjusted for`)
    if (!Number.isNaN(c)) last = c
  }
  return findings
}

/** A split as a venue announces it: `factor` new shares for one old share, from `date` on. */
export interface Split {
  readonly date: string
  readonly factor: number
}

/** Bars before each split as if it had been: prices divided by its factor, volume multiplied. */
export const adjustForSplits = (bars: BarColumns, splits: ReadonlyArray<Split>): BarColumns => {
  const factors = bars.dates.map((date) =>
    splits.reduce((factor, split) => (date < split.date ? factor * split.factor : factor), 1)
  )
  const divided = (column: Float64Array) => column.map((value, at) => value / (factors[at] as number))
  return {
    dates: bars.dates,
    open: divided(bars.open),
    high: divided(bars.high),
    low: divided(bars.low),
    close: divided(bars.close),
    volume: bars.volume.map((value, at) => value * (factors[at] as number)),
    vwap: divided(bars.vwap)
  }
}

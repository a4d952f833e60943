import { Result } from "effect"
import { type BarColumns, type BarField, barFields } from "../../domain/signal/alpha158/bar-columns.ts"

export const barsHeader = ["date", ...barFields].join(",")

/** Where a file of bars is wrong. Lines and columns count from 1, the header being line 1. */
export interface BarsFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** `yyyy-mm-dd` that the calendar has. */
export const isDay = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/**
 * Reads bars as CSV with the header `date,open,high,low,close,volume,vwap`. An empty cell is a missing value. Dates are
 * `yyyy-mm-dd` and ascend. The first fault ends the reading: half a history would give other features.
 */
export const parseBarsText = (text: string): Result.Result<BarColumns, BarsFault> => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/)
  while (lines.length > 1 && lines.at(-1) === "") lines.pop()
  const fault = (line: number, column: number, message: string) => Result.fail({ line, column, message })
  if (lines[0] !== barsHeader) {
    const found = (lines[0] ?? "").split(",")
    const wrong = barsHeader.split(",").findIndex((name, at) => found[at] !== name)
    return fault(1, (wrong < 0 ? barFields.length + 1 : wrong) + 1, `the header must be ${barsHeader}`)
  }
  const count = lines.length - 1
  const dates: Array<string> = []
  const column = (): Float64Array => new Float64Array(count)
  const columns: Record<BarField, Float64Array> = {
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    vwap: column()
  }
  for (let row = 0; row < count; row++) {
    const cells = (lines[row + 1] as string).split(",")
    const line = row + 2
    if (cells.length !== barFields.length + 1) {
      return fault(line, Math.min(cells.length, barFields.length + 1), `${cells.length} cells, 7 are expected`)
    }
    const [date = "", ...values] = cells
    if (!isDay(date)) return fault(line, 1, `"${date}" is not a day: write it as 2026-01-30`)
    const before = dates.at(-1)
    if (before !== undefined && date <= before) {
      return fault(line, 1, `${date} does not come after ${before}: sort the bars by date and keep one a day`)
    }
    dates.push(date)
    for (const [at, field] of barFields.entries()) {
      const cell = values[at] as string
      const value = cell === "" ? Number.NaN : numberText.test(cell) ? Number(cell) : Number.POSITIVE_INFINITY
      if (Math.abs(value) === Number.POSITIVE_INFINITY) {
        return fault(line, at + 2, `${field} "${cell}" is not a number: leave the cell empty when it is missing`)
      }
      columns[field][row] = value
    }
  }
  return Result.succeed({ dates, ...columns })
}

import { Result } from "effect"

/** Where a file of rows is wrong; line and column count from 1. */
export interface RowsFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  na: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY
}

/**
 * Reads rows of `width` features separated by tabs, without a label and without a header; `nan` is missing.
 * The values of all rows stand one after the other.
 */
export const parseRowsText = (text: string, width: number): Result.Result<Float64Array, RowsFault> => {
  const lines = text.split(/\r?\n/)
  while (lines.at(-1) === "") lines.pop()
  const values = new Float64Array(lines.length * width)
  for (const [row, line] of lines.entries()) {
    const cells = line.split("\t")
    const fault = (column: number, message: string) => Result.fail({ line: row + 1, column, message })
    if (cells.length !== width) {
      return fault(
        Math.min(cells.length, width),
        `${cells.length} values, ${width} are expected: the features of the model without a label, separated by tabs`
      )
    }
    for (const [at, cell] of cells.entries()) {
      const value = numberText.test(cell) ? Number(cell) : words[cell.toLowerCase()]
      if (value === undefined) return fault(at + 1, `"${cell}" is not a number: write nan when it is missing`)
      values[row * width + at] = value
    }
  }
  return Result.succeed(values)
}

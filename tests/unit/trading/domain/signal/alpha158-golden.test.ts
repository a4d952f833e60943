// One wrong operator among 158 is not seen in a backtest and costs money for months (KunQuant's IMXD was made of two
// maxima). So each column is compared with an oracle in plain Python, element by element, and each comparison is seen
// to fail. S24.
import { assert, describe, it } from "@effect/vitest"
import { alpha158 } from "../../../../../src/trading/domain/signal/alpha158/alpha158.ts"
import { alpha158Names, windows } from "../../../../../src/trading/domain/signal/alpha158/names.ts"
import { agree, goldenSeries } from "../../../../support/trading/alpha-golden.ts"

const { names, series } = goldenSeries()
const width = 158

/** What disagrees with the oracle, as `series row name value expected`. */
const faultsOf = (computed: ReadonlyArray<Float64Array>, columns: ReadonlyArray<number>): ReadonlyArray<string> =>
  series.flatMap(({ expected, name }, at) =>
    expected.flatMap((row, place) =>
      columns.flatMap((column) => {
        const value = computed[at]?.[place * width + column] ?? Number.NaN
        const wanted = row[column] as number
        return agree(value, wanted) ? [] : [`${name} ${place} ${names[column]} ${value} ${wanted}`]
      })
    )
  )

const computed = series.map(({ bars }) => alpha158(bars))
const all = names.map((_, column) => column)

/** The same values with one column changed by `change`, which sees the row and its place. */
const mutated = (column: number, change: (row: Float64Array, rows: Float64Array, place: number) => number) =>
  computed.map((rows) => {
    const copy = rows.slice()
    for (let place = 0; place * width < rows.length; place++) {
      const row = rows.subarray(place * width, (place + 1) * width)
      copy[place * width + column] = change(row, rows, place)
    }
    return copy
  })

describe("golden vectors of Alpha158", () => {
  it("have the names of the program, in its order", () => {
    assert.lengthOf(names, width)
    assert.deepStrictEqual(alpha158Names, names)
  })

  it("agree with the program in every element: missing values exactly, numbers to 1e-9", () => {
    assert.isAbove(
      series.reduce((sum, { expected }) => sum + expected.length, 0),
      200
    )
    assert.deepStrictEqual(faultsOf(computed, all), [])
  })

  it("hold numbers that differ, and missing values, for every name", () => {
    for (const column of all) {
      const values = series.flatMap(({ expected }) => expected.map((row) => row[column] as number))
      assert.isAbove(new Set(values.filter(Number.isFinite)).size, 4, names[column])
      assert.isTrue(values.some(Number.isNaN) || names[column]?.startsWith("CNT") === true, names[column])
    }
    assert.isTrue(series.some(({ expected }) => expected.some((row) => row.includes(Number.POSITIVE_INFINITY))))
    assert.isTrue(series.some(({ expected }) => expected.some((row) => row.includes(Number.NEGATIVE_INFINITY))))
  })
})

describe("S24: each of the 158 columns is seen to fail", () => {
  const seen = (
    label: string,
    change: (row: Float64Array, rows: Float64Array, place: number, column: number) => number
  ) =>
    it(label, () => {
      const unseen = all.filter(
        (column) =>
          faultsOf(
            mutated(column, (row, rows, place) => change(row, rows, place, column)),
            [column]
          ).length === 0
      )
      assert.deepStrictEqual(
        unseen.map((column) => names[column]),
        []
      )
    })
  seen("when it is larger by a millionth", (row, _rows, _place, column) => (row[column] as number) * (1 + 1e-6))
  seen("when it is that of the bar before", (_row, rows, place, column) => rows[(place - 1) * width + column] ?? 0)
  seen("when it is the column beside it", (row, _rows, _place, column) => row[(column + 1) % width] as number)
  seen("when missing values are 0", (row, _rows, place, column) => {
    const value = row[column] as number
    // The counts of rises and falls are never missing: 0 for them is another window.
    return Number.isNaN(value) ? 0 : names[column]?.startsWith("CNT") === true && place > 20 ? 0 : value
  })

  it("when IMXD is made of two maxima", () => {
    for (const [at, length] of windows.entries()) {
      const imax = names.indexOf("IMAX5") + at
      const imxd = names.indexOf("IMXD5") + at
      const faults = faultsOf(
        mutated(imxd, (row) => ((row[imax] as number) * length - (row[imax] as number) * length) / length),
        [imxd]
      )
      assert.isAbove(faults.length, 50)
    }
  })
})

// Columns of numbers for 20,000 instruments: one that loses a value when it grows mixes up two instruments.
import { assert, it } from "@effect/vitest"
import { grownF64, grownI32, grownRows } from "../../../../src/kernel/instrument/instrument-table.ts"

it("has room for the index, twice as much each time, and never less than before", () => {
  assert.deepStrictEqual(
    [grownRows(0, 0), grownRows(0, 255), grownRows(0, 256), grownRows(256, 70_000)],
    [256, 256, 512, 131_072]
  )
  assert.strictEqual(grownRows(1024, 3), 1024)
})

it("keeps what it had and fills only what is new", () => {
  assert.deepStrictEqual([...grownF64(Float64Array.of(1, 0, Number.NaN), 5, -1)], [1, 0, Number.NaN, -1, -1])
  assert.deepStrictEqual([...grownI32(Int32Array.of(7, 0), 4, -1)], [7, 0, -1, -1])
  assert.deepStrictEqual([...grownF64(Float64Array.of(1), 3)], [1, 0, 0])
  assert.deepStrictEqual([...grownI32(Int32Array.of(1), 3)], [1, 0, 0])
})

// A file that is read wrongly gives features that no model was trained with: the first fault is named by its place.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { barsHeader, parseBarsText } from "../../../../src/trading/adapters/bars/csv-text.ts"

const parsed = (...lines: ReadonlyArray<string>) => parseBarsText([barsHeader, ...lines].join("\n"))
const place = (...lines: ReadonlyArray<string>) => {
  const result = parsed(...lines)
  return Result.isFailure(result) ? `${result.failure.line}:${result.failure.column} ${result.failure.message}` : "ok"
}

const first = "2026-01-02,10,11,9.5,10.5,1000,10.2"

describe("bars as CSV", () => {
  it("reads numbers, missing values and both line ends", () => {
    const result = parseBarsText(`\uFEFF${barsHeader}\r\n${first}\r\n2026-01-05,,,,,0,\r\n`)
    assert.isTrue(Result.isSuccess(result))
    if (!Result.isSuccess(result)) return
    const { close, dates, volume, vwap } = result.success
    assert.deepStrictEqual(dates, ["2026-01-02", "2026-01-05"])
    assert.deepStrictEqual([...close], [10.5, Number.NaN])
    assert.deepStrictEqual([...volume], [1000, 0])
    assert.deepStrictEqual([...vwap], [10.2, Number.NaN])
  })

  it("reads a header without bars", () => assert.strictEqual(place(), "ok"))

  it("names the place of the first fault", () => {
    assert.match(place(first, "2026-01-05,10,x,9.5,10.5,1000,10.2"), /^3:3 high "x" is not a number/)
    assert.match(place("2026-01-02,10,11,9.5,10.5,1000,nan"), /^2:7 vwap "nan" is not a number/)
    assert.match(place("2026-01-02,10,11,9.5,1e999,1000,1"), /^2:5 close "1e999" is not a number/)
    assert.match(place("2026-01-02,10,11,9.5, 10,1000,1"), /^2:5 close " 10" is not a number/)
    assert.match(place(first, first), /^3:1 2026-01-02 does not come after 2026-01-02/)
    assert.match(place("2026-02-30,10,11,9.5,10.5,1000,1"), /^2:1 "2026-02-30" is not a day/)
    assert.match(place("2026-01-02,10,11"), /^2:3 3 cells, 7 are expected/)
    assert.match(place(`${first},1`), /^2:7 8 cells, 7 are expected/)
    assert.match(place(first, "", first), /^3:1 1 cells, 7 are expected/)
  })

  it("refuses another header", () => {
    const result = parseBarsText("date,open,high,low,close,vwap,volume\n")
    assert.isTrue(Result.isFailure(result) && result.failure.line === 1 && result.failure.column === 6)
    const short = parseBarsText("date,open,high,low,close,volume\n")
    assert.isTrue(Result.isFailure(short) && short.failure.column === 7)
    const long = parseBarsText(`${barsHeader},symbol\n`)
    assert.isTrue(Result.isFailure(long) && long.failure.column === 8)
  })
})

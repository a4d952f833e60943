// A screen of 80 columns on the night shift: columns in line, no word cut in two, and one record a line for a script.
import { assert, describe, it } from "@effect/vitest"
import { aligned, folded, foldedText, paintOf, timeOf, zoneOf } from "../../../../src/cli/terminal/layout.ts"
import { noTerminal, type Screen, screenOf } from "../../../../src/cli/terminal/screen.ts"

const terminal = (columns: number): Screen => ({ ...noTerminal, isTerminal: true, isColoured: true, columns })

describe("columns", () => {
  it("are aligned by what is seen, numbers to the right, the last one as it is", () => {
    const paint = paintOf(terminal(80))
    const lines = aligned(
      [
        ["NAME", "COUNT", "NOTE"],
        [paint.bad("rb2701"), "1,234", "a long note"],
        ["m", "5", ""]
      ],
      [1]
    )
    assert.deepStrictEqual(
      // oxlint-disable-next-line no-control-regex -- the codes of the colours begin with the escape character
      lines.map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, "")),
      ["NAME    COUNT  NOTE", "rb2701  1,234  a long note", "m           5"]
    )
  })

  it("count a Chinese character as two", () => {
    assert.deepStrictEqual(
      aligned([
        ["螺纹钢", "x"],
        ["rb2701", "y"],
        ["m", "z"]
      ]),
      ["螺纹钢  x", "rb2701  y", "m       z"]
    )
  })

  it("a line is wrapped on a terminal only, keeps its gaps and breaks no word", () => {
    const line = "ledger   received 12  published 12  duplicate 0"
    assert.strictEqual(folded(line, { ...noTerminal, columns: 30 }, 9), line)
    assert.strictEqual(
      folded(line, terminal(30), 9),
      "ledger   received 12\n         published 12\n         duplicate 0"
    )
    assert.strictEqual(folded("x".repeat(50), terminal(30), 2), "x".repeat(50))
    assert.strictEqual(foldedText("one two\n  three four", terminal(10)), "one two\n  three\n    four")
  })
})

describe("a screen", () => {
  const stream = (isTTY: boolean, columns?: number) => ({ isTTY, columns }) as NodeJS.WriteStream
  it("is coloured on a terminal, unless NO_COLOR or TERM=dumb say otherwise", () => {
    const isColoured = (env: Record<string, string>, isTTY = true) =>
      screenOf(env, stream(isTTY), stream(isTTY)).isColoured
    assert.isTrue(isColoured({}))
    assert.isTrue(isColoured({ NO_COLOR: "" }))
    assert.isFalse(isColoured({ NO_COLOR: "1" }))
    assert.isFalse(isColoured({ TERM: "dumb" }))
    assert.isFalse(isColoured({}, false))
  })

  it("has 80 columns where its width is not known", () => {
    assert.strictEqual(screenOf({}, stream(true, 0), stream(true)).columns, 80)
    assert.strictEqual(screenOf({}, stream(true, 132), stream(true)).columns, 132)
  })
})

it("a time has its zone", () => {
  assert.strictEqual(timeOf("2026-11-20T21:00:03.123+08:00"), "2026-11-20 21:00:03.123 +08:00")
  assert.strictEqual(zoneOf("2026-11-20T13:00:03.123Z"), "UTC")
})

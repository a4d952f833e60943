// An id goes into log lines, subjects and the vendor's fixed field: one that splits or overflows them is refused.
import { assert, it } from "@effect/vitest"
import {
  hasControlCharacter,
  instrumentTextProblem,
  shownInstrument
} from "../../../../src/kernel/instrument/instrument-text.ts"

it("takes codes as exchanges write them, up to 80 bytes", () => {
  for (const id of ["rb2701", "SP a2501&a2505", "m2109-MS-P-3850", "螺纹2701", "x".repeat(80)]) {
    assert.isUndefined(instrumentTextProblem(id), id)
  }
})

it("says what is wrong with any other", () => {
  for (const [id, problem] of [
    ["", "it is empty"],
    ["rb\t2701", "it holds a control character"],
    ["rb2701\n", "it holds a control character"],
    ["rb\u20282701", "it holds a control character"],
    ["rb\uFFFD", "it holds bytes that are not text"],
    ["x".repeat(81), "it is longer than 80 bytes"],
    // 27 characters of three bytes.
    ["螺".repeat(27), "it is longer than 80 bytes"]
  ] as const) {
    assert.strictEqual(instrumentTextProblem(id), problem, JSON.stringify(id))
  }
  assert.isTrue(hasControlCharacter("\u0085"))
  assert.isFalse(hasControlCharacter("a b"))
})

it("shows one in a sentence on one line, cut where it is long", () => {
  assert.strictEqual(shownInstrument("a\nb"), '"a\\nb"')
  assert.strictEqual(shownInstrument("x".repeat(100)), `"${"x".repeat(60)}…"`)
})

// Money and quantities come as text. A text that is read wrongly is an order of another size.
import { assert, describe, it } from "@effect/vitest"
import { decimalText, parseDecimal } from "../../../src/kernel/decimal.ts"

describe("parseDecimal", () => {
  it.each([
    "",
    " 1",
    "1 ",
    "NaN",
    "Infinity",
    "1e3",
    "1e308",
    "+1",
    ".5",
    "5.",
    "01",
    "0x1",
    "1,000",
    "--1",
    "1".repeat(19),
    "0.1234567890"
  ])("does not read %j", (text) => assert.isUndefined(parseDecimal(text)))
  it.each([
    ["150.00", "150"],
    ["0.000000001", "0.000000001"],
    ["-0.10", "-0.1"],
    ["1000", "1000"],
    ["999999999999999999.999999999", "999999999999999999.999999999"],
    ["0", "0"],
    ["-0", "0"]
  ])("reads %s as %s", (text, canonical) => {
    const value = parseDecimal(text)
    assert.isDefined(value)
    assert.strictEqual(decimalText(value as NonNullable<typeof value>), canonical)
  })
})

// "No value" read as a price of 1.8e308 reaches every consumer; a 0 read as "no value" is lost.
import { assert, it } from "@effect/vitest"
import { isAbsent } from "../../../../src/kernel/instrument/price.ts"

it("knows every printed form of CTP's DBL_MAX, and takes 0 and negative prices for values", () => {
  for (const text of ["1.79769e+308", "1.797693135e+308", "1.7976931348623157e+308", "-1.79769e+308", "NaN"]) {
    assert.isTrue(isAbsent(Number(text)), text)
  }
  assert.isTrue(isAbsent(Number.POSITIVE_INFINITY))
  for (const value of [0, -0, -37.63, 4.005552e-317, 1e15]) assert.isFalse(isAbsent(value), String(value))
})

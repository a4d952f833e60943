// A price that is off by one bit is another price: recorded text must become the very double the exchange sent.
import { assert, describe, it } from "@effect/vitest"
import { noPrice, parseDouble, parseInt32 } from "../../../../src/simulator/market/decimal.ts"
import { mix32 } from "../../../../src/simulator/market/seeded-random.ts"

const double = (text: string) => parseDouble(Buffer.from(`,${text},`), 1, 1 + text.length)
const int = (text: string) => parseInt32(Buffer.from(`,${text},`), 1, 1 + text.length)

describe("decimal", () => {
  it("agrees with the language's own parser on 20,000 printed numbers", () => {
    for (let i = 1; i <= 20_000; i++) {
      const value = (mix32(i) / 2 ** (mix32(i + 7) % 40)) * (i % 5 === 0 ? -1 : 1)
      const text = [String(value), value.toFixed(i % 8), value.toExponential(5), value.toPrecision(17)][i % 4] as string
      assert.strictEqual(double(text), Number(text), text)
    }
  })

  it("reads what recordings really contain", () => {
    assert.strictEqual(double("3597.0000000000005"), 3597.0000000000005)
    assert.strictEqual(double("1.56108e+06"), 1_561_080)
    assert.strictEqual(double("101.725"), 101.725)
    assert.strictEqual(double("-0.5"), -0.5)
    assert.strictEqual(int("000"), 0)
    assert.strictEqual(int("21.00"), 21)
    assert.strictEqual(int(""), 0)
  })

  it("turns every printed form of DBL_MAX into DBL_MAX", () => {
    for (const text of ["", "N/A", "1.79769e+308", "1.7976931348623157e+308", "1.79769313486232e+308"]) {
      assert.strictEqual(double(text), noPrice, text)
    }
  })

  it("refuses what is no number", () => {
    for (const text of ["abc", "1.2.3", "-", ".", "1e", "0x10", "nan", "inf", " 1", "1 ", "--1", '"1"']) {
      assert.isNaN(double(text), text)
    }
    for (const text of ["1.5", "3000000000", "N/A", "1.79769e+308"]) assert.isNaN(int(text), text)
  })
})

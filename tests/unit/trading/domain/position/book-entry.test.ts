// The profit of the day and every limit are computed from these positions.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { decimalText, parseDecimal } from "../../../../../src/kernel/decimal.ts"
import { type BookEntry, positionOfEntries } from "../../../../../src/trading/domain/position/book-entry.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { decimal } from "../../../../support/trading/gate-view.ts"

const after = (...entries: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const position = positionOfEntries(
    "AAPL",
    entries.map(([quantity, price]) => ({ quantity: decimal(quantity), price: decimal(price) }))
  )
  return [position.quantity, position.averagePrice, position.realized].map(decimalText)
}

describe("positionOfEntries", () => {
  it("opens, adds, closes and flips as the reference does", () => {
    assert.deepStrictEqual(after(["100", "150"]), ["100", "150", "0"])
    assert.deepStrictEqual(after(["100", "100"], ["-50", "120"]), ["50", "100", "1000"])
    assert.deepStrictEqual(after(["50", "100"], ["-100", "120"]), ["-50", "120", "1000"])
    assert.deepStrictEqual(after(["100", "100"], ["100", "110"]), ["200", "105", "0"])
    assert.deepStrictEqual(after(["-100", "100"], ["100", "90"]), ["0", "0", "1000"])
    assert.deepStrictEqual(after(["0.1", "10"], ["0.2", "10"]), ["0.3", "10", "0"])
  })

  it("gives only numbers that can be read back: parts of a share at an average of many places", () => {
    const values = after(["0.123456789", "33.33"], ["0.7", "35.01"], ["-0.5", "36.07"])
    for (const value of values) assert.isDefined(parseDecimal(value), value)
  })

  it("keeps the cost over a split, both ways", () => {
    const split = (held: string, change: string): ReadonlyArray<string> => {
      const position = positionOfEntries("AAPL", [
        { quantity: decimal(held), price: decimal("100") },
        { quantity: decimal(change), price: undefined, keepsCost: true }
      ])
      return [position.quantity, position.averagePrice, position.realized].map(decimalText)
    }
    assert.deepStrictEqual(split("10", "30"), ["40", "25", "0"])
    assert.deepStrictEqual(split("-10", "8"), ["-2", "500", "0"])
  })

  it("keeps quantity, and value with it: cash paid + value held at the average = what was realised", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const below = wholesOf(seed)
      const entries: ReadonlyArray<BookEntry> = Array.from({ length: 1 + below(20) }, () => ({
        quantity: decimal(`${below(41) - 20}`),
        price: decimal(`${50 + below(100)}`)
      }))
      const position = positionOfEntries("AAPL", entries)
      const paid = BigDecimal.sumAll(
        entries.map(({ quantity, price }) => BigDecimal.multiply(quantity, price ?? quantity))
      )
      const left = BigDecimal.subtract(BigDecimal.multiply(position.quantity, position.averagePrice), paid)
      const difference = BigDecimal.toNumberUnsafe(BigDecimal.subtract(left, position.realized))
      assert.isBelow(Math.abs(difference), 1e-5, `seed ${seed}`)
      assert.strictEqual(
        decimalText(position.quantity),
        decimalText(BigDecimal.sumAll(entries.map(({ quantity }) => quantity))),
        `seed ${seed}`
      )
    }
  })
})

// An average price that is off by one in its last place makes book and venue differ for ever.
import { assert, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { divideRounded } from "../../../src/kernel/decimal.ts"
import { wholesOf } from "../../support/seeded-random.ts"

it("a quotient is the exact one, rounded once, halves away from 0", () => {
  const below = wholesOf(2026)
  const any = () => BigDecimal.make(BigInt(below(2_000_001) - 1_000_000), below(12) - 2)
  for (let n = 0; n < 3000; n++) {
    const [dividend, divisor, places] = [any(), any(), below(10)]
    if (divisor.value === 0n) continue
    const exact = BigDecimal.round(BigDecimal.divideUnsafe(dividend, divisor), {
      scale: places,
      mode: "half-from-zero"
    })
    const found = divideRounded(dividend, divisor, places)
    assert.isTrue(BigDecimal.equals(found, exact), `${BigDecimal.format(dividend)} / ${BigDecimal.format(divisor)}`)
  }
  const half = divideRounded(BigDecimal.make(1n, 0), BigDecimal.make(8n, 0), 2)
  assert.isTrue(BigDecimal.equals(half, BigDecimal.make(13n, 2)))
})

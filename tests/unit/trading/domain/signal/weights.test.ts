// Weights become orders: both sides must have the sums that the reference's users rely on, and a symbol one side only.
import { assert, describe, it } from "@effect/vitest"
import { denseRank, sideWeights, standardise, weighSignals } from "../../../../../src/trading/domain/signal/weights.ts"
import { fractionsOf } from "../../../../support/seeded-random.ts"

const scored = (...scores: ReadonlyArray<number>) => scores.map((score, at) => ({ symbol: `S${at}`, score }))
const sums = (weights: ReadonlyArray<number>) => [
  weights.filter((weight) => weight > 0).reduce((sum, weight) => sum + weight, 0),
  weights.filter((weight) => weight < 0).reduce((sum, weight) => sum + weight, 0)
]

describe("standardised scores", () => {
  it("have mean 0 and deviation 0.02", () => {
    const scores = standardise([0.1, 0.2, 0.3, 0.4])
    assert.approximately(
      scores.reduce((sum, value) => sum + value, 0),
      0,
      1e-15
    )
    assert.approximately(Math.sqrt(scores.reduce((sum, value) => sum + value ** 2, 0) / 4), 0.02, 1e-15)
    assert.approximately(scores[3] as number, (0.15 / Math.sqrt(0.0125)) * 0.02, 1e-15)
  })
  it("are 0 for equal values, also where their mean is rounded", () => {
    assert.deepStrictEqual(standardise([0.1, 0.1, 0.1]), [0, 0, 0])
  })
  it("leave one value as it is, and none", () => {
    assert.deepStrictEqual(standardise([0.013]), [0.013])
    assert.deepStrictEqual(standardise([]), [])
  })
})

describe("dense ranks", () => {
  it("begin with 1 for the largest, and leave none out", () => {
    assert.deepStrictEqual(denseRank([3, 9, 3, -1, 9, 4]), [3, 1, 3, 4, 1, 2])
  })
})

describe("weights", () => {
  it("are 1/top for the best and -1/bottom for the worst", () => {
    assert.deepStrictEqual(sideWeights(scored(5, 1, 4, 2, 3), { top: 2, bottom: 1 }), [1 / 2, -1, 1 / 2, 0, 0])
  })
  it("are 3 and 3 without a wish", () => {
    const weights = weighSignals(Array.from({ length: 10 }, (_, at) => ({ symbol: `S${at}`, raw: at }))).map(
      ({ weight }) => weight
    )
    assert.deepStrictEqual(weights, [-1 / 3, -1 / 3, -1 / 3, 0, 0, 0, 0, 1 / 3, 1 / 3, 1 / 3])
  })
  it("hold nothing on a side of 0", () => {
    assert.deepStrictEqual(sideWeights(scored(1, 2, 3), { top: 0, bottom: 1 }), [-1, 0, 0])
    assert.deepStrictEqual(sideWeights(scored(1, 2, 3), { top: 1, bottom: 0 }), [0, 0, 1])
    assert.deepStrictEqual(sideWeights(scored(1, 2, 3), { top: 0, bottom: 0 }), [0, 0, 0])
    assert.deepStrictEqual(sideWeights([], { top: 3, bottom: 3 }), [])
  })
  it("buy what both sides claim, keep the cap of the other shorts, and scale the longs to their sum", () => {
    // 4 symbols, 3 and 3: two are claimed twice. One short of 1/3 is left, and three longs share 1/3.
    assert.deepStrictEqual(sideWeights(scored(4, 3, 2, 1), { top: 3, bottom: 3 }), [1 / 9, 1 / 9, 1 / 9, -1 / 3])
  })
  it("are all 0 when every short is bought", () => {
    assert.deepStrictEqual(sideWeights(scored(3, 2, 1), { top: 3, bottom: 2 }), [0, 0, 0])
  })
  it("take equal scores in the order of their symbols, whatever the order of the rows", () => {
    const rows = scored(1, 1, 1, 1)
    assert.deepStrictEqual(sideWeights(rows, { top: 1, bottom: 1 }), [1, 0, 0, -1])
    assert.deepStrictEqual(sideWeights(rows.toReversed(), { top: 1, bottom: 1 }), [-1, 0, 0, 1])
  })
  it("refuse a count that is none", () => {
    assert.throws(() => sideWeights(scored(1), { top: -1, bottom: 1 }), RangeError)
    assert.throws(() => sideWeights(scored(1), { top: 1, bottom: 0.5 }), RangeError)
  })
  it("have equal sums on both sides, at most 1, whatever the counts", () => {
    const random = fractionsOf(6)
    for (let run = 0; run < 500; run++) {
      const count = Math.floor(random() * 8)
      const sides = { top: 1 + Math.floor(random() * 5), bottom: 1 + Math.floor(random() * 5) }
      const weights = sideWeights(scored(...Array.from({ length: count }, () => Math.floor(random() * 4))), sides)
      const [long = 0, short = 0] = sums(weights)
      if (count >= sides.top + sides.bottom) {
        assert.approximately(long, 1, 1e-12)
        assert.approximately(short, -1, 1e-12)
      } else if (weights.some((weight) => weight < 0)) {
        assert.isAtMost(-short, 1 + 1e-12)
        if (count > sides.top && count < sides.top + sides.bottom) assert.approximately(long, -short, 1e-12)
      }
      for (const weight of weights) if (weight < 0) assert.isAtMost(-weight, 1 / sides.bottom + 1e-15)
    }
  })
  it("keep the raw prediction beside the score", () => {
    const [first] = weighSignals([
      { symbol: "A", raw: 0.5 },
      { symbol: "B", raw: -0.5 }
    ])
    assert.deepStrictEqual(first, { symbol: "A", raw: 0.5, score: 0.02, rank: 1, weight: 0 })
  })
})

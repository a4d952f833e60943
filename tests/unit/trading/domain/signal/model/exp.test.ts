// Two engines may differ in the last bit of Math.exp; a probability must not.
import { assert, describe, it } from "@effect/vitest"
import { correctlyRoundedExp } from "../../../../../../src/trading/domain/signal/model/exp.ts"

/** Computed with 60 digits by Python's decimal. */
const known: ReadonlyArray<readonly [x: number, exp: number]> = [
  [1.911545995891879, 6.7635371205217],
  [3.0650144822570393, 21.434772408817427],
  [-1.6535019855000288, 0.19137852889266324],
  [-3.7561714646281645, 0.02337305385933407],
  [-0.946837659635798, 0.38796596602530614],
  [0.47800779448590514, 1.612858054734004],
  [3.5176267885524104, 33.704345935441744],
  [2.345027927600629, 10.433564107891664],
  [-0.8492863150733038, 0.4277200804200834],
  [4.642905596588399, 103.84564319614567],
  [-2.4522096266355087, 0.08610312039914712],
  [4.464700224040502, 86.8949766099377],
  [4.325315955935945, 75.58939200424747],
  [3.1493687662595002, 23.321338717828535],
  [3.5826543018652934, 35.96888653558886],
  [-3.0894526794636814, 0.04552686537523088],
  [-0.8707457760510984, 0.4186392216933205],
  [-3.0959320031231474, 0.04523283566474697],
  [-2.4349045725616634, 0.08760610667552506],
  [-0.006438489530389835, 0.993582193131154],
  [3.8060045242439444, 44.970401289846386],
  [2.553921941695527, 12.857431122924622],
  [3.8736906684869767, 48.11965244880471],
  [-4.488562341498865, 0.011236786864870027],
  [-740, 4.2e-322]
]

describe("the exponential", () => {
  it("is the nearest double", () => {
    for (const [x, exp] of known) assert.strictEqual(correctlyRoundedExp(x), exp, `${x}`)
  })

  it("has the edges of a double", () => {
    const edges: ReadonlyArray<readonly [number, number]> = [
      [0, 1],
      [-0, 1],
      [2 ** -54, 1],
      [2 ** -53, 1 + 2 ** -52],
      [-(2 ** -54), 1],
      [Number.MIN_VALUE, 1],
      [709.782712893384, 1.7976931348622732e308],
      [709.7827128933841, Number.POSITIVE_INFINITY],
      [-745.1332191019411, 5e-324],
      [-745.1332191019412, 0],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, 0],
      [Number.NaN, Number.NaN]
    ]
    for (const [x, exp] of edges) assert.deepStrictEqual(correctlyRoundedExp(x), exp, `${x}`)
  })
})

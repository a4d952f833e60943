// Consumers add up last_volume to bars: its sum must be the day's volume, whatever happened in between.
import { assert, describe, it } from "@effect/vitest"
import { unknownGrowth, VolumeGrowth } from "../../../../../src/market/domain/checks/volume-growth.ts"
import { makeJudge } from "../../../../support/tick-records.ts"

const day = 20261120
const next = 20261123

describe("VolumeGrowth", () => {
  it("knows no growth at first sight, and then the difference", () => {
    const growth = new VolumeGrowth()
    assert.strictEqual(growth.grow(0, day, 1000, false), unknownGrowth)
    assert.strictEqual(growth.grow(0, day, 1007, false), 7)
    assert.strictEqual(growth.grow(0, day, 1007, false), 0)
    assert.strictEqual(growth.grow(700, day, 5, false), unknownGrowth)
  })

  it("counts a day that begins during the run from 0", () => {
    const growth = new VolumeGrowth()
    growth.grow(0, day, 1000, false)
    assert.strictEqual(growth.grow(0, next, 784, false), 784)
    assert.strictEqual(growth.grow(0, next, 790, false), 6)
  })

  it("is not moved by a snapshot", () => {
    const growth = new VolumeGrowth()
    growth.grow(0, day, 1000, false)
    assert.strictEqual(growth.grow(0, day, 1500, true), unknownGrowth)
    assert.strictEqual(growth.grow(0, day, 1600, false), 600)
    // The evening before: yesterday's close, then the first tick of the new day.
    assert.strictEqual(growth.grow(1, day, 9000, true), unknownGrowth)
    assert.strictEqual(growth.grow(1, next, 3, false), 3)
    // The new day's snapshot without a trade yet.
    assert.strictEqual(growth.grow(2, next, 0, true), unknownGrowth)
    assert.strictEqual(growth.grow(2, next, 4, false), 4)
    // Joined in the middle of a day: whether earlier volume is new is not known.
    assert.strictEqual(growth.grow(3, next, 800, true), unknownGrowth)
    assert.strictEqual(growth.grow(3, next, 801, false), unknownGrowth)
  })

  it("adds up to the day's volume over holes and snapshots", () => {
    let state = 7
    const random = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % n
    }
    for (let run = 0; run < 10_000; run++) {
      const growth = new VolumeGrowth()
      let volume = 0
      let sum = 0
      growth.grow(0, day, 77, false)
      let published = 0
      for (let tick = 0; tick < 20; tick++) {
        volume += random(50)
        const snapshot = random(4) === 0
        if (random(3) === 0) continue
        const grown = growth.grow(0, next, volume, snapshot)
        if (snapshot) assert.strictEqual(grown, unknownGrowth)
        else {
          assert.isAtLeast(grown, 0)
          sum += grown
          published = volume
        }
      }
      assert.strictEqual(sum, published)
    }
  })
})

describe("last_volume on the line", () => {
  it("goes from the last published tick, not from one that was set aside", () => {
    const { judge } = makeJudge()
    judge({})
    assert.strictEqual(judge({ time: "10:00:01", volume: 1010, last: -5 }), "price_positive")
    assert.deepStrictEqual(judge({ time: "10:00:02", volume: 1012 }), { flags: [], lastVolume: 12 })
    assert.deepStrictEqual(judge({ time: "10:00:03", volume: 1100, lateMs: 70_000 }), {
      flags: ["snapshot"],
      lastVolume: unknownGrowth
    })
    assert.deepStrictEqual(judge({ time: "10:01:30", volume: 1101 }), { flags: [], lastVolume: 89 })
  })
})

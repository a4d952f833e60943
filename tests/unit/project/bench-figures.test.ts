// A benchmark that computes its figures wrongly is worse than none: it is believed.
import { describe, expect, it } from "vitest"
import { BurstWatch } from "../../bench/burst-watch.ts"
import { type CpuProfile, selfTimes } from "../../bench/profile-summary.ts"
import { median } from "../../bench/statistics.ts"

describe("median", () => {
  it("is the middle, whatever the order", () => expect(median([9, 1, 5])).toBe(5))
  it("is the mean of the two middles of an even count", () => expect(median([4, 1, 3, 2])).toBe(2.5))
  it("is no number for no value", () => expect(median([])).toBeNaN())
})

describe("bursts", () => {
  it("last from their first callback to their last acknowledgement", () => {
    const watch = new BurstWatch(3)
    // Callbacks at 100, 101, 102 and 1000, 1001, 1002.
    for (const [nowMs, latencyMs] of [
      [110, 10],
      [115, 14],
      [130, 28],
      [1004, 4],
      [1005, 4],
      [1006, 4]
    ] as const) {
      watch.acknowledged(nowMs, latencyMs)
    }
    expect(watch.durationsMs).toEqual([30, 6])
  })
})

describe("self times", () => {
  const callFrame = (functionName: string) => ({ functionName, url: "file:///x/src/app/line.ts", lineNumber: 9 })
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: callFrame("load") },
      { id: 2, callFrame: callFrame("send") },
      { id: 3, callFrame: { functionName: "(idle)", url: "", lineNumber: -1 } },
      { id: 4, callFrame: callFrame("read") }
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [10_000, 2000, 50_000, 1000, 1000]
  }
  it("leave out idle time and what was skipped, and are shares of the rest", () => {
    expect(selfTimes(profile, 11)).toEqual([
      { where: "send app/line.ts:10", ms: 3, share: 0.75 },
      { where: "read app/line.ts:10", ms: 1, share: 0.25 }
    ])
  })
})

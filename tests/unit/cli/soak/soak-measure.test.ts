// The evidence of a soak is only as good as its sums: windows, exchanges and subjects must add up to every tick read.
import { assert, describe, it } from "@effect/vitest"
import { LatencyReservoir } from "../../../../src/cli/soak/latency-reservoir.ts"
import { SoakMeasure } from "../../../../src/cli/soak/soak-measure.ts"

const tick = (symbol: string, recv_ts: number, exchange: "SHFE" | "DCE" = "SHFE", feed = "primary") => ({
  symbol,
  exchange,
  feed,
  recv_ts
})
const measureAt = (beganMs: number, sampleSize = 10) => new SoakMeasure({ beganMs, sampleSize, seed: 1 })

describe("what a soak counts", () => {
  it("sums of windows, exchanges and subjects are the ticks read", () => {
    const measure = measureAt(1000)
    for (let at = 0; at < 30; at++) {
      const exchange = at % 3 === 0 ? "DCE" : "SHFE"
      measure.record(`md.tick.${exchange}.x.x${at % 5}`, tick(`x${at % 5}`, 1000 + at, exchange), 1002 + at)
      if (at === 9) measure.closeWindow(3000)
    }
    const last = measure.closeWindow(5000)
    assert.deepStrictEqual(
      measure.windows.map(({ index, messages, mps, seconds }) => [index, messages, seconds, mps]),
      [
        [1, 10, 2, 5],
        [2, 20, 2, 10]
      ]
    )
    assert.deepStrictEqual([...measure.perExchange].sort(), [
      ["DCE", 10],
      ["SHFE", 20]
    ])
    const subjects = measure.topSubjects(100)
    assert.strictEqual(
      subjects.reduce((sum, [, messages]) => sum + messages, 0),
      30
    )
    assert.strictEqual(subjects.length, measure.uniqueSubjects)
    assert.strictEqual(measure.latency.samples, 30)
    assert.closeTo(last.p99Ms ?? 0, 2, 0.2)
  })

  it("gives the rate of the real length of a late window, and no latency without a tick", () => {
    const measure = measureAt(0)
    measure.record("a", tick("a", 0), 1)
    assert.strictEqual(measure.closeWindow(4000).mps, 0.25)
    const empty = measure.closeWindow(8000)
    assert.deepStrictEqual([empty.mps, empty.p50Ms, empty.p99Ms, empty.maxMs], [0, null, null, null])
  })

  it("puts the busiest subjects first and keeps the asked number", () => {
    const measure = measureAt(0)
    for (const name of ["b", "a", "c", "c"]) measure.record(name, tick(name, 0), 0)
    assert.deepStrictEqual(measure.topSubjects(2), [
      ["c", 2],
      ["a", 1]
    ])
  })

  it("finds a tick that was received before an earlier one of its subject and feed", () => {
    const measure = measureAt(0)
    measure.record("a", tick("a", 10), 20)
    measure.record("b", tick("b", 5), 20)
    measure.record("a", tick("a", 9, "SHFE", "backup"), 20)
    assert.strictEqual(measure.outOfOrder, 0)
    measure.record("a", tick("a", 8, "SHFE", "backup"), 20)
    assert.strictEqual(measure.outOfOrder, 1)
  })

  it("takes a negative latency as 0 and counts it when the clocks differ", () => {
    const measure = measureAt(0)
    measure.record("a", tick("a", 100.4), 100)
    assert.strictEqual(measure.negativeLatencies, 0)
    measure.record("a", tick("a", 150), 100)
    assert.deepStrictEqual([measure.negativeLatencies, measure.minLatencyMs, measure.latency.maxMs], [1, 0, 0])
  })
})

describe("the sample of latencies", () => {
  it("keeps all until it is full, then an even sample of its size", () => {
    const few = new LatencyReservoir(5, 1)
    for (const ms of [3, 1, 2]) few.record(ms)
    assert.deepStrictEqual(few.samples, [3, 1, 2])
    const many = new LatencyReservoir(1000, 7)
    for (let ms = 0; ms < 100_000; ms++) many.record(ms)
    assert.strictEqual(many.samples.length, 1000)
    const mean = many.samples.reduce((sum, ms) => sum + ms, 0) / 1000
    assert.closeTo(mean, 50_000, 4000)
    assert.deepStrictEqual(new LatencyReservoir(0, 1).samples, [])
  })
})

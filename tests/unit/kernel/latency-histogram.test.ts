// Latency is promised in percentiles: a histogram that is off by more than its bucket would hide a missed promise.
import { assert, describe, it } from "@effect/vitest"
import { LatencyHistogram, recentQuantile } from "../../../src/kernel/latency-histogram.ts"

describe("latency histogram", () => {
  it("gives quantiles to the width of a bucket, 9 %", () => {
    const histogram = new LatencyHistogram()
    for (let ms = 1; ms <= 1000; ms++) histogram.record(ms)
    for (const share of [0.5, 0.9, 0.99, 1]) {
      const found = histogram.quantile(share) ?? 0
      assert.isAtLeast(found, 1000 * share)
      assert.isAtMost(found, 1000 * share * 1.1)
    }
    assert.strictEqual(histogram.samples, 1000)
    assert.strictEqual(histogram.sumMs, 500_500)
    assert.strictEqual(histogram.countUpTo(1e9), 1000)
    assert.isAtMost(Math.abs(histogram.countUpTo(100) - 100), 9)
  })

  it("takes what lies outside its range, and says nothing without samples", () => {
    const histogram = new LatencyHistogram()
    assert.isUndefined(histogram.quantile(0.5))
    for (const ms of [0, -1, 1e9]) histogram.record(ms)
    assert.strictEqual(histogram.samples, 3)
    histogram.clear()
    assert.isUndefined(histogram.quantile(0.99))
  })

  it("gives a quantile of the last time only: a slow minute is over when it is over", () => {
    const histogram = new LatencyHistogram()
    let nowMs = 0
    const p99 = recentQuantile({ histogram, share: 0.99, windowMs: 30_000, monotonicMs: () => nowMs })
    assert.isUndefined(p99())
    const second = (latencyMs: number) => {
      nowMs += 1000
      for (let tick = 0; tick < 10; tick++) histogram.record(latencyMs)
      return p99() ?? 0
    }
    assert.isAbove(second(500), 499)
    for (let s = 0; s < 29; s++) assert.isAbove(second(1), 499)
    for (let s = 0; s < 60; s++) second(1)
    assert.isBelow(p99() ?? 0, 1.1)
    // Without ticks there is nothing to say, instead of the last value for ever.
    for (let s = 0; s < 90; s++) {
      nowMs += 1000
      p99()
    }
    assert.isUndefined(p99())
  })
})

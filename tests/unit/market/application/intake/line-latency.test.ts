// When consumers complain about late ticks, the hops say where they waited: a hop that measures another's time, or the
// wrong tick, sends operators to the wrong part.
import { assert, describe, it } from "@effect/vitest"
import { LineLatency } from "../../../../../src/market/application/intake/line-latency.ts"

const samplesMs = ({ ack }: LineLatency) => [ack.samples, Math.round(ack.sumMs)]

describe("the latency of the line", () => {
  it("follows one tick to its acknowledgement, and then the next", () => {
    const line = new LineLatency()
    line.sent(0, 7, 100)
    line.sent(0, 8, 101)
    line.stored(0, 8, 105)
    line.stored(1, 7, 106)
    assert.deepStrictEqual(samplesMs(line), [0, 0])
    line.stored(0, 7, 140)
    assert.deepStrictEqual(samplesMs(line), [1, 40])
    line.stored(0, 7, 200)
    line.sent(1, 9, 300)
    line.stored(1, 9, 310)
    assert.deepStrictEqual(samplesMs(line), [2, 50])
  })

  it("gives up a tick that is never acknowledged", () => {
    const line = new LineLatency()
    line.sent(0, 7, 0)
    line.sent(0, 8, 119_999)
    line.stored(0, 8, 120_000)
    assert.deepStrictEqual(samplesMs(line), [0, 0])
    line.sent(0, 9, 120_000)
    line.stored(0, 9, 120_010)
    assert.deepStrictEqual(samplesMs(line), [1, 10])
  })

  it("has a delay behind the exchange for each feed", () => {
    const line = new LineLatency()
    line.skew(1).record(3)
    assert.strictEqual(line.skew(0).samples, 0)
    assert.strictEqual(line.skew(1).samples, 1)
  })
})

// A bucket bounds how often something is done or said: one that fills wrongly either floods or falls silent.
import { assert, describe, it } from "@effect/vitest"
import { TokenBucket } from "../../../../src/kernel/limits/token-bucket.ts"

const taken = (bucket: TokenBucket, nowMs: number) => {
  let count = 0
  while (bucket.take(nowMs)) count++
  return count
}

describe("TokenBucket", () => {
  it("begins full, and refills at its rate up to its burst", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5, nowMs: 1000 })
    assert.deepStrictEqual(
      [1000, 1099, 1100, 1350, 60_000].map((nowMs) => taken(bucket, nowMs)),
      [5, 0, 1, 2, 5]
    )
  })

  it("keeps the part of a token that is not whole yet", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1, nowMs: 0 })
    assert.strictEqual(taken(bucket, 0), 1)
    for (let nowMs = 100; nowMs < 1000; nowMs += 100) assert.isFalse(bucket.take(nowMs))
    assert.isTrue(bucket.take(1000))
  })

  it("gives nothing for a clock that goes back, and nothing twice when it comes forward again", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2, nowMs: 1000 })
    assert.strictEqual(taken(bucket, 1000), 2)
    assert.strictEqual(taken(bucket, 0), 0)
    assert.strictEqual(taken(bucket, 1000), 0)
    assert.strictEqual(taken(bucket, 1100), 1)
  })

  it("can be emptied, and is full when all of it is regained", () => {
    const bucket = new TokenBucket({ regainMs: 4000, burst: 3, nowMs: 0 })
    assert.isTrue(bucket.isFull(0))
    bucket.empty(0)
    assert.isFalse(bucket.isFull(11_999))
    assert.deepStrictEqual(
      [3999, 4000, 8000, 8000, 20_000].map((nowMs) => bucket.take(nowMs)),
      [false, true, true, false, true]
    )
    assert.isTrue(bucket.isFull(24_000))
  })
})

// Clients' requests must stay within a limit; a refusal is counted and says when to ask again.
import { assert, describe, it } from "@effect/vitest"
import { RateHits, rateLimits } from "../../../../../src/market/application/subscriptions/rate-hits.ts"
import { RequestLimit } from "../../../../../src/market/application/subscriptions/request-limit.ts"

describe("RequestLimit", () => {
  it("counts instruments, not requests, and subscriptions apart from unsubscriptions", () => {
    const hits = new RateHits()
    const limit = new RequestLimit({ windowMs: 60_000, most: 100, hits })
    assert.isTrue(limit.admits("subscribe", 60, 0))
    assert.isTrue(limit.admits("subscribe", 40, 1))
    assert.isFalse(limit.admits("subscribe", 1, 2))
    assert.isTrue(limit.admits("unsubscribe", 100, 2))
    assert.deepInclude(hits.read(), { subscribe_request: 1, unsubscribe_request: 0 })
  })

  it("uses nothing for a refused request, and says when part of the limit is free again", () => {
    const hits = new RateHits()
    const limit = new RequestLimit({ windowMs: 1000, most: 10, hits })
    limit.admits("subscribe", 6, 0)
    assert.isFalse(limit.admits("subscribe", 5, 400))
    assert.isTrue(limit.admits("subscribe", 4, 400))
    assert.strictEqual(limit.retryAfterMs("subscribe", 400), 600)
    assert.strictEqual(limit.retryAfterMs("unsubscribe", 400), 0)
    assert.isFalse(limit.admits("subscribe", 6, 999))
    assert.isTrue(limit.admits("subscribe", 6, 1000))
    assert.strictEqual(hits.read().subscribe_request, 2)
  })
})

describe("RateHits", () => {
  it("begins with 0 for every limit, so that each has its line in the metrics from the start", () => {
    const hits = new RateHits()
    assert.deepStrictEqual(Object.keys(hits.read()), [...rateLimits])
    assert.deepStrictEqual(new Set(Object.values(hits.read())), new Set([0]))
    hits.note("flow_control")
    hits.note("flow_control")
    assert.strictEqual(hits.read().flow_control, 2)
  })
})

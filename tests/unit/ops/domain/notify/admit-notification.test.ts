// A storm of notifications hides the first one, and makes a vendor block the robot for ten minutes.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  admit,
  keyOf,
  type PastNotification,
  withResults
} from "../../../../../src/ops/domain/notify/admit-notification.ts"

const limits = { dedupeMs: 300_000, perMinute: 3 }
const past = (atMs: number, given: Partial<PastNotification> = {}): PastNotification => ({
  channel: "slack",
  key: "k",
  atMs,
  sent: true,
  ...given
})

describe("admit", () => {
  it("holds back the same within the window, on the same channel only", () => {
    assert.deepStrictEqual(admit([past(1000)], "slack", "k", 300_999, limits), { verdict: "duplicate", ageMs: 299_999 })
    assert.deepStrictEqual(admit([past(1000)], "slack", "k", 301_000, limits), { verdict: "send" })
    assert.deepStrictEqual(admit([past(1000)], "wecom", "k", 2000, limits), { verdict: "send" })
    assert.deepStrictEqual(admit([past(1000)], "slack", "other", 2000, limits), { verdict: "send" })
  })

  it("does not hold back what was not sent, or what a clock set back left in the future", () => {
    assert.deepStrictEqual(admit([past(1000, { sent: false })], "slack", "k", 2000, limits), { verdict: "send" })
    assert.deepStrictEqual(admit([past(9000)], "slack", "k", 2000, limits), { verdict: "send" })
  })

  it("counts failed ones for the rate", () => {
    const three = [1000, 2000, 3000].map((atMs) => past(atMs, { key: `k${atMs}`, sent: false }))
    assert.deepStrictEqual(admit(three, "slack", "k", 4000, limits), { verdict: "limited", waitMs: 57_000 })
    assert.deepStrictEqual(admit(three, "slack", "k", 61_000, limits), { verdict: "send" })
  })

  it.prop(
    "never sends more than the limit within any minute, nor the same twice within its window",
    [
      Schema.Array(
        Schema.Struct({
          gapMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30_000 })),
          key: Schema.Literals(["a", "b", "c", "d", "e"])
        })
      ).check(Schema.isMaxLength(60))
    ],
    ([events]) => {
      let nowMs = 0
      const sent: Array<PastNotification> = []
      for (const { gapMs, key } of events) {
        nowMs += gapMs
        const short = { dedupeMs: 20_000, perMinute: 3 }
        if (admit(sent, "slack", key, nowMs, short).verdict === "send") sent.push(past(nowMs, { key }))
      }
      for (const { atMs, key } of sent) {
        assert.isAtMost(sent.filter((one) => one.atMs >= atMs && one.atMs < atMs + 60_000).length, 3)
        const again = sent.filter((one) => one.key === key && one.atMs >= atMs && one.atMs < atMs + 20_000)
        assert.lengthOf(again, 1)
      }
    },
    { arbitrary: { runs: 300, seed: 11 } }
  )
})

it("keeps a warning, a critical fault and the end of it apart: a fault that becomes critical is never held back", () => {
  const keys = (["info", "warning", "critical"] as const).map((level) => keyOf({ tag: "t", instance: "i", level }))
  assert.strictEqual(new Set(keys).size, 3)
})

it("counts each result of each channel", () => {
  const once = withResults({}, [
    { channel: "slack", result: "sent" },
    { channel: "mail", result: "failed" }
  ])
  const twice = withResults(once, [
    { channel: "slack", result: "duplicate" },
    { channel: "mail", result: "failed" }
  ])
  assert.deepStrictEqual(twice, {
    slack: { sent: 1, duplicate: 1, limited: 0, failed: 0 },
    mail: { sent: 0, duplicate: 0, limited: 0, failed: 2 }
  })
})

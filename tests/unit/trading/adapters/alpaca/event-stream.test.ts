// Bytes of a stream are cut anywhere, and a cursor that is too new loses what came late.
import { assert, describe, it } from "@effect/vitest"
import { EventCursor } from "../../../../../src/trading/adapters/alpaca/link/event-cursor.ts"
import { EventLines } from "../../../../../src/trading/adapters/alpaca/link/event-lines.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"

describe("the lines of a stream of events", () => {
  const text =
    ':heartbeat\n\ndata: {"a":1}\n\nid: 7\nevent: x\ndata: one\ndata:two\n\n: dropped 1 messages\r\n\r\ndata: z\r\n\r\n\n'
  const wanted = [
    { type: "comment", text: "heartbeat" },
    { type: "data", text: '{"a":1}' },
    { type: "data", text: "one\ntwo" },
    { type: "comment", text: "dropped 1 messages" },
    { type: "data", text: "z" }
  ]
  it("are the same wherever the bytes are cut", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const below = wholesOf(seed)
      const lines = new EventLines()
      const parts: Array<unknown> = []
      for (let at = 0; at < text.length; ) {
        const next = at + 1 + below(12)
        parts.push(...lines.push(text.slice(at, next)))
        at = next
      }
      assert.deepStrictEqual(parts, wanted, `seed ${seed}`)
    }
  })
  it("are bounded: an event without an end is refused", () => {
    const lines = new EventLines()
    const megabyte = "x".repeat(1_000_000)
    assert.throws(() => {
      for (let n = 0; n < 20; n++) lines.push(`data: ${megabyte}\n`)
    }, /more than/)
  })
})

describe("the cursor of a stream of events", () => {
  it("goes on two minutes before the loss, and takes nothing twice", () => {
    const cursor = new EventCursor()
    assert.isUndefined(cursor.resumeAfter(0))
    for (let second = 0; second < 3600; second++) {
      assert.isTrue(cursor.take(`id-${String(second).padStart(4, "0")}`, second * 1000))
    }
    const resumed = Number(cursor.resumeAfter(3_599_000)?.slice(3))
    assert.isAtMost(resumed, 3599 - 120)
    assert.isAtLeast(resumed, 3599 - 140)
    for (let second = resumed; second < 3600; second++) {
      assert.isFalse(cursor.take(`id-${String(second).padStart(4, "0")}`, 3_600_000))
    }
    assert.isTrue(cursor.take("id-3600", 3_600_000))
  })
  it("goes on from its first event when it is younger than that, and begins anew when the venue forgot its ids", () => {
    const cursor = new EventCursor()
    for (const second of [1, 15, 30]) cursor.take(`id-${second}`, second * 1000)
    assert.strictEqual(cursor.resumeAfter(31_000), "id-1")
    cursor.reset()
    assert.isUndefined(cursor.resumeAfter(31_000))
  })
  it("is bounded", () => {
    const cursor = new EventCursor()
    for (let n = 0; n < 10_001; n++) cursor.take(`id-${n}`, n)
    assert.isTrue(cursor.take("id-0", 10_001))
    assert.isFalse(cursor.take("id-9999", 10_001))
  })
})

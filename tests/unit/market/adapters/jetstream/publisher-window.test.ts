// The window holds the only copy of a tick in flight: for any sequence of answers, it must release each once and in
// order.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PublishWindow } from "../../../../../src/market/adapters/jetstream/publish-window.ts"

const size = 8

/** One step for each number: the action, and the message in flight. */
const steps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })))

describe("publish window", () => {
  it.effect.prop(
    "releases in order and accounts for each message, for any order of answers and refusals",
    [steps],
    ([plan]) =>
      Effect.sync(() => {
        const window = new PublishWindow(size)
        const released: Array<number> = []
        const answered = new Set<number>()
        const under = new Map<number, number>() // slot -> number of a message that is sent
        let refusals = 0
        for (const step of plan) {
          const kind = step % 5
          const pick = [...under.keys()][Math.floor(step / 5) % Math.max(1, under.size)]
          if (kind <= 1 && window.free > 0) {
            const number = window.next
            const slot = window.add(`s.${number}`, String(number), number, number, 0)
            assert.strictEqual(slot, number % size)
            window.markSent(slot, number)
            under.set(slot, number)
          } else if (kind === 2 && pick !== undefined) {
            assert.isTrue(window.markStored(pick, 1))
            assert.isFalse(window.markStored(pick, 1), "a second answer about the same message is not taken")
            answered.add(under.get(pick) as number)
            under.delete(pick)
          } else if (kind === 3 && pick !== undefined) {
            assert.isTrue(window.markRefused(pick))
            under.delete(pick)
            refusals++
          } else if (kind === 4) {
            window.rewind()
            refusals = 0
            const waiting = window.waitingSlots()
            assert.deepStrictEqual(
              waiting.map((slot) => Number(window.payload(slot))),
              waiting.map((slot) => Number(window.payload(slot))).sort((left, right) => left - right)
            )
            for (const slot of waiting) {
              window.markSent(slot, 0)
              under.set(slot, Number(window.payload(slot)))
            }
          }
          window.advance((stampMs, token) => {
            assert.strictEqual(stampMs, token)
            released.push(token)
          }, 0)
          assert.strictEqual(window.outstanding, under.size)
          assert.strictEqual(window.refused, refusals)
          assert.strictEqual(window.retained + window.free, size)
          assert.strictEqual(window.retained, window.next - released.length)
        }
        assert.deepStrictEqual(
          released,
          Array.from({ length: released.length }, (_, at) => at)
        )
        for (const number of released) assert.isTrue(answered.has(number), "released without an answer")
      }),
    { arbitrary: { runs: 300 } }
  )

  it("knows the oldest unanswered message, and the oldest that is here", () => {
    const window = new PublishWindow(4)
    for (let n = 0; n < 3; n++) window.markSent(window.add("s", "", 0, n, 100 + n), 200 + n)
    assert.strictEqual(window.oldestHandedMs(), 100)
    window.markStored(0, 1)
    assert.strictEqual(window.oldestSentMs(), 201)
    window.advance(() => {}, 0)
    assert.strictEqual(window.oldestHandedMs(), 101)
    window.markStored(1, 2)
    window.markStored(2, 3)
    assert.strictEqual(window.oldestSentMs(), undefined)
  })

  it("shows when a message is stored before an older one that was refused", () => {
    const window = new PublishWindow(4)
    for (let n = 0; n < 3; n++) window.markSent(window.add("s", "", 0, n, 0), 0)
    assert.isFalse(window.overtakes(2))
    window.markRefused(1)
    assert.isFalse(window.overtakes(0))
    assert.isTrue(window.overtakes(2))
    window.rewind()
    assert.isFalse(window.overtakes(2))
  })

  it("sends again what a lost store had acknowledged, as long as the copy is here", () => {
    const window = new PublishWindow(size)
    for (let number = 0; number < 3; number++) window.markSent(window.add("s", String(number), number, number, 0), 0)
    window.markStored(1, 41)
    window.markStored(2, 42)
    window.rewind()
    window.forgetStoredBehind(41)
    assert.deepStrictEqual(window.waitingSlots(), [0, 2])
    window.markFound(0, 40)
    assert.strictEqual(
      window.advance(() => undefined, 0),
      2
    )
    assert.strictEqual(window.retained, 1)
  })

  it("requests an answer for each message of a group of such a store", () => {
    const window = new PublishWindow(size)
    const told: Array<number> = []
    for (let number = 0; number < 3; number++)
      window.markSent(window.add("s", String(number), number, 0, 0, 10 + number), 0)
    // Answered ahead of the first, as a group of two.
    window.closeGroup(2, 2)
    assert.isTrue(window.markStored(2, 42))
    window.rewind()
    window.forgetStoredBehind(0)
    for (const slot of window.waitingSlots()) window.markSent(slot, 1)
    assert.isTrue(window.markStored(2, 3))
    assert.strictEqual(window.outstanding, 2)
    for (const slot of [0, 1]) assert.isTrue(window.markStored(slot, slot + 1))
    window.advance((_stampMs, _token, _nowMs, feedSeq) => told.push(feedSeq), 2)
    assert.deepStrictEqual(told, [10, 11, 12])
  })
})

// While NATS is away the daemon must neither grow without bound nor lose an event without a report.
import { assert, describe, it } from "@effect/vitest"
import { EventOutbox, type OutboxMessage } from "../../../../src/platform/nats/event-outbox.ts"
import { ChangedKeys } from "../../../../src/platform/nats/state-bucket.ts"

const message = (n: number): OutboxMessage => ({ id: `i-${n}`, subject: "s", payload: String(n), atMs: n })

describe("outbox of events", () => {
  it("keeps the order until each is confirmed", () => {
    const outbox = new EventOutbox(3)
    for (let n = 1; n <= 3; n++) outbox.add(message(n))
    const order: Array<number> = []
    for (let first = outbox.first(); first !== undefined; first = outbox.first()) {
      order.push(first.atMs)
      outbox.confirmed(first)
      if (first.atMs < 6) outbox.add(message(first.atMs + 3))
    }
    assert.deepStrictEqual(order, [1, 2, 3, 4, 5, 6, 7, 8])
    assert.strictEqual(outbox.dropped, 0)
    assert.isUndefined(outbox.takeGap())
  })

  it("drops the oldest when it is full, and reports their number and time once", () => {
    const outbox = new EventOutbox(100)
    for (let n = 1; n <= 1000; n++) outbox.add(message(n))
    assert.strictEqual(outbox.length, 100)
    assert.strictEqual(outbox.first()?.atMs, 901)
    assert.deepStrictEqual(outbox.takeGap(), { count: 900, fromMs: 1, toMs: 900 })
    assert.isUndefined(outbox.takeGap())
    assert.strictEqual(outbox.dropped, 900)
  })

  it("a confirmation of a message that was dropped meanwhile takes no other one away", () => {
    const outbox = new EventOutbox(2)
    outbox.add(message(1))
    const sent = outbox.first() as OutboxMessage
    outbox.add(message(2))
    outbox.add(message(3))
    outbox.confirmed(sent)
    assert.strictEqual(outbox.length, 2)
    assert.strictEqual(outbox.first()?.atMs, 2)
  })

  it("wakes its reader once, at once when there is something", () => {
    const outbox = new EventOutbox(2)
    let woken = 0
    outbox.whenFilled(() => woken++)
    assert.strictEqual(woken, 0)
    outbox.add(message(1))
    outbox.add(message(2))
    assert.strictEqual(woken, 1)
    outbox.whenFilled(() => woken++)
    assert.strictEqual(woken, 2)
  })
})

describe("changed keys", () => {
  it("a storm of changes is one key", () => {
    const changed = new ChangedKeys()
    for (let n = 0; n < 700; n++) changed.add("demo.session-primary")
    assert.deepStrictEqual(changed.take(), ["demo.session-primary"])
  })

  it("a change during the write is written once more", () => {
    const changed = new ChangedKeys()
    changed.add("a")
    changed.take()
    changed.add("a")
    changed.written("a")
    assert.strictEqual(changed.size, 1)
    assert.deepStrictEqual(changed.take(), ["a"])
    changed.written("a")
    assert.strictEqual(changed.size, 0)
  })

  it("what an interrupted writer had taken is taken by the next", () => {
    const changed = new ChangedKeys()
    changed.add("a")
    changed.take()
    changed.add("b")
    assert.deepStrictEqual([...changed.take()].sort(), ["a", "b"])
  })
})

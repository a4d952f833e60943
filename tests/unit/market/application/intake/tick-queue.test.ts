// The queue is a boundary of the line: its limit must count ticks, including those in hand, or a slow broker makes
// the daemon grow.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SlabPool, TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { closeIntegrity } from "../../../../../src/market/layers/feeds/child-bodies.ts"

const batch = (count: number) => ({ slab: new TickSlab(count), feed: 0, start: 0, count })

it.effect("counts a taken batch until its ticks are handed over", () =>
  Effect.gen(function* () {
    const queue = yield* makeTickQueue(100)
    queue.push(batch(60))
    queue.push(batch(30))
    assert.strictEqual(queue.room(), 10)
    assert.strictEqual(queue.takeNow()?.count, 60)
    assert.strictEqual(queue.takeNow()?.count, 30)
    assert.isUndefined(queue.takeNow())
    assert.strictEqual(queue.room(), 10)
    queue.done(60)
    assert.strictEqual(queue.depth(), 30)
    queue.done(30)
    assert.strictEqual(queue.room(), 100)
    assert.strictEqual(queue.highWater(), 90)
  })
)

it.effect("wakes a waiting intake once, when half of it is free", () =>
  Effect.gen(function* () {
    const queue = yield* makeTickQueue(100)
    let resumed = 0
    queue.push(batch(100))
    queue.whenRoom(() => resumed++)
    queue.done(49)
    assert.strictEqual(resumed, 0)
    queue.done(1)
    assert.strictEqual(resumed, 1)
    queue.done(50)
    assert.strictEqual(resumed, 1)
  })
)

it.effect("takes nothing more once the integrity is closed, so that what waits in the ring is counted once", () =>
  Effect.gen(function* () {
    const queue = yield* makeTickQueue(100)
    const ledger = new TickLedger("primary", () => ({ received: 140, dropped: 0, empty: false }))
    // A fenced publisher: the queue is full, and 40 ticks wait in the ring for its place.
    ledger.delivered = ledger.queued = ledger.lastSeq = 100
    queue.push(batch(100))
    const read = () => {
      const count = Math.min(40, queue.room())
      ledger.delivered += count
      ledger.queued += count
    }
    queue.whenRoom(read)
    yield* Effect.void.pipe(
      closeIntegrity({ queue, pool: new SlabPool({ rows: 1, keep: 1 }), ledgers: [ledger], inHand: [] })
    )
    read()
    const { balanced, inFlight, dropped } = ledger.snapshot()
    assert.deepStrictEqual(inFlight, { ring: 0, queue: 0, publisher: 0 })
    assert.strictEqual(dropped.shutdown, 140)
    assert.isTrue(balanced)
  })
)

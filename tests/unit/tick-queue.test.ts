// The queue is the seam of the line: its bound must count ticks, in hand ones included, or a slow broker grows the daemon.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeTickQueue } from "../../src/application/tick-queue.ts"
import { TickSlab } from "../../src/domain/tick-slab.ts"

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

// A row that is lost between queue and batch is an instrument that is wanted and never requested again.
import { assert, describe, it } from "@effect/vitest"
import { BatchesUnderWay, RowQueue } from "../../../../../src/market/application/subscriptions/subscription-queue.ts"

const drained = (queue: RowQueue) => {
  const rows: Array<number> = []
  for (let row = queue.shift(); row !== undefined; row = queue.shift()) rows.push(row)
  return rows
}

describe("RowQueue", () => {
  it("is first in, first out, and puts failed rows in front of all that wait", () => {
    const queue = new RowQueue()
    for (const row of [1, 2, 3]) queue.push(row)
    assert.strictEqual(queue.shift(), 1)
    queue.putFirst([8, 9])
    queue.push(4)
    assert.strictEqual(queue.size, 5)
    assert.deepStrictEqual(drained(queue), [8, 9, 2, 3, 4])
    assert.deepStrictEqual([queue.size, queue.shift()], [0, undefined])
  })

  it("is usable again after it ran empty and after it was cleared", () => {
    const queue = new RowQueue()
    queue.push(1)
    queue.shift()
    queue.push(2)
    assert.strictEqual(queue.size, 1)
    queue.clear()
    assert.deepStrictEqual([queue.size, queue.shift()], [0, undefined])
    queue.push(3)
    assert.deepStrictEqual(drained(queue), [3])
  })
})

describe("BatchesUnderWay", () => {
  it("end with the last answer of their rows, in any order of batches", () => {
    const batches = new BatchesUnderWay()
    batches.add([1, 2], 100)
    batches.add([3], 200)
    assert.deepStrictEqual([batches.size, batches.oldest()?.atMs], [2, 100])
    assert.isFalse(batches.settle(1))
    assert.isTrue(batches.settle(3))
    assert.strictEqual(batches.size, 1)
    assert.isFalse(batches.settle(1), "a second answer of a row")
    assert.isFalse(batches.settle(99), "a row of no batch")
    assert.isTrue(batches.settle(2))
    assert.deepStrictEqual([batches.size, batches.oldest()], [0, undefined])
  })

  it("give back the rows without an answer when they are taken, and take no answer for them after", () => {
    const batches = new BatchesUnderWay()
    batches.add([1, 2, 3], 100)
    batches.add([4], 200)
    batches.settle(2)
    const oldest = batches.oldest()
    if (oldest === undefined) return assert.fail("a batch is under way")
    assert.deepStrictEqual(batches.take(oldest), [1, 3])
    assert.deepStrictEqual([batches.size, batches.oldest()?.atMs], [1, 200])
    assert.isFalse(batches.settle(1))
    assert.deepStrictEqual(batches.take(oldest), [], "taken once")
    assert.strictEqual(batches.size, 1)
  })

  it("leave a row to the batch that asked for it last", () => {
    const batches = new BatchesUnderWay()
    batches.add([1, 2], 100)
    const first = batches.oldest()
    batches.add([2], 200)
    if (first === undefined) return assert.fail("a batch is under way")
    assert.deepStrictEqual(batches.take(first), [1])
    assert.isTrue(batches.settle(2))
  })

  it("are all gone, with every open row returned, when the session ends", () => {
    const batches = new BatchesUnderWay()
    batches.add([1, 2], 100)
    batches.add([3, 4], 200)
    batches.settle(3)
    assert.deepStrictEqual(batches.takeAll(), [1, 2, 4])
    assert.deepStrictEqual([batches.size, batches.takeAll(), batches.settle(1)], [0, [], false])
  })
})

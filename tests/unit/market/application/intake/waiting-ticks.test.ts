// A full queue must drop the ticks that its policy names; the others keep their order and free their memory.
import { assert, describe, it } from "@effect/vitest"
import { recordI32, SlabPool, type TickBatch, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { WaitingTicks } from "../../../../../src/market/application/intake/waiting-ticks.ts"

const rows = 4

const makeWorld = () => {
  const pool = new SlabPool({ rows, keep: 0 })
  const ticks = new WaitingTicks()
  const given: Array<string> = []
  let seq = 0
  /** One slab with a tick of each instrument, in that order; numbers run from 1. */
  const push = (feed: number, ...instruments: ReadonlyArray<number>) => {
    const slab = pool.take()
    for (const [row, instrument] of instruments.entries()) {
      slab.u32[row * recordI32 + word.seqLow] = ++seq
      slab.u32[row * recordI32 + word.instrument] = instrument
    }
    slab.used = instruments.length
    slab.held = 1
    ticks.push({ slab, feed, start: 0, count: instruments.length })
  }
  const giveUp = (slab: TickBatch["slab"], row: number, feed: number) => void given.push(`${feed}:${slab.seq(row)}`)
  /** Takes all that wait, as the publisher does. */
  const rest = () => {
    const found: Array<string> = []
    for (let batch = ticks.next(); batch !== undefined; batch = ticks.next()) {
      for (let row = batch.start; row < batch.start + batch.count; row++)
        found.push(`${batch.feed}:${batch.slab.seq(row)}`)
      pool.release(batch.slab)
    }
    return found
  }
  return { pool, ticks, given, push, giveUp, rest }
}

describe("waiting ticks", () => {
  it("come out as they went in, over more batches than are cut at once", () => {
    const { ticks, push } = makeWorld()
    for (let n = 0; n < 3000; n++) push(0, n)
    for (let n = 1; n <= 3000; n++) {
      assert.strictEqual(ticks.peek()?.slab.seq(0), n)
      assert.strictEqual(ticks.next()?.slab.seq(0), n)
    }
    assert.isUndefined(ticks.peek())
    assert.isUndefined(ticks.next())
  })
})

describe("dropOldest", () => {
  it("gives up the first ones, in order, also from the middle of a batch, and frees what is empty", () => {
    const { pool, ticks, given, push, giveUp, rest } = makeWorld()
    push(0, 1, 2, 3)
    push(1, 1, 2)
    assert.strictEqual(ticks.dropOldest(4, pool, giveUp), 4)
    assert.deepStrictEqual(given, ["0:1", "0:2", "0:3", "1:4"])
    assert.strictEqual(pool.allocated, 1)
    assert.deepStrictEqual(rest(), ["1:5"])
    assert.strictEqual(pool.allocated, 0)
  })

  it("gives up no more than there is, and says how many", () => {
    const { pool, ticks, push, giveUp, rest } = makeWorld()
    push(0, 1, 2)
    assert.strictEqual(ticks.dropOldest(5, pool, giveUp), 2)
    assert.deepStrictEqual(rest(), [])
    assert.strictEqual(ticks.dropOldest(1, pool, giveUp), 0)
  })
})

describe("conflate", () => {
  it("gives up the oldest tick that a newer one of its instrument follows, whichever feed brought it", () => {
    const { pool, ticks, given, push, giveUp, rest } = makeWorld()
    push(0, 7, 8)
    push(1, 7, 9)
    push(0, 7)
    assert.strictEqual(ticks.conflate(1, pool, giveUp), 1)
    assert.deepStrictEqual(given, ["0:1"])
    assert.strictEqual(ticks.conflate(10, pool, giveUp), 1)
    assert.deepStrictEqual(given, ["0:1", "1:3"])
    assert.deepStrictEqual(rest(), ["0:2", "1:4", "0:5"])
    assert.strictEqual(pool.allocated, 0)
  })

  it("never gives up the newest of an instrument", () => {
    const { pool, ticks, given, push, giveUp, rest } = makeWorld()
    push(0, 1, 2, 3, 4)
    assert.strictEqual(ticks.conflate(4, pool, giveUp), 0)
    assert.deepStrictEqual(given, [])
    assert.deepStrictEqual(rest(), ["0:1", "0:2", "0:3", "0:4"])
  })

  it("gathers what is left of many slabs in few, in order, with the records' bytes", () => {
    const { pool, ticks, push, giveUp } = makeWorld()
    for (let n = 0; n < 40; n++) push(n % 2, n % 3, 100 + n)
    assert.strictEqual(pool.allocated, 40)
    assert.strictEqual(ticks.conflate(40, pool, giveUp), 37)
    // 43 ticks are left, four to a slab.
    assert.isAtMost(pool.allocated, 13)
    let before = 0
    let left = 0
    for (let batch = ticks.next(); batch !== undefined; batch = ticks.next()) {
      for (let row = batch.start; row < batch.start + batch.count; row++) {
        const seq = batch.slab.seq(row)
        assert.isAbove(seq, before)
        before = seq
        left++
        // The feed of a tick is the one that brought it: slab n has ticks 2n + 1 and 2n + 2.
        assert.strictEqual(batch.feed, Math.floor((seq - 1) / 2) % 2)
      }
      pool.release(batch.slab)
    }
    assert.strictEqual(left, 43)
    assert.strictEqual(pool.allocated, 0)
  })

  it("finds room for instruments of any index", () => {
    const { pool, ticks, given, push, giveUp } = makeWorld()
    push(0, 70_000, 0)
    push(0, 70_000)
    assert.strictEqual(ticks.conflate(9, pool, giveUp), 1)
    assert.deepStrictEqual(given, ["0:1"])
  })
})

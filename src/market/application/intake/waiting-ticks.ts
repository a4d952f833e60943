import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import {
  type FeedIndex,
  recordBytes,
  recordI32,
  type SlabPool,
  type TickBatch,
  word
} from "../../../kernel/tick/tick-slab.ts"
import type { GiveUp } from "../integrity/overflow-integrity.ts"

/** Taken batches at the front of the array before it is cut. */
const takenMax = 1024

/** Batches in sequence of arrival, and the two ways to drop some of their ticks. */
export class WaitingTicks {
  private batches: Array<TickBatch> = []
  private head = 0
  /** Waiting ticks by instrument, from any feed. Filled and used within one `conflate`. */
  private waitingOf = new Int32Array(0)

  push(batch: TickBatch): void {
    this.batches.push(batch)
  }

  next(): TickBatch | undefined {
    const batch = this.batches[this.head]
    if (batch === undefined) return undefined
    this.head++
    if (this.head === this.batches.length || this.head >= takenMax) {
      this.batches.splice(0, this.head)
      this.head = 0
    }
    return batch
  }

  peek(): TickBatch | undefined {
    return this.batches[this.head]
  }

  /** Drops the oldest `ticks`, or all that wait if there are fewer. Returns the number. */
  dropOldest(ticks: number, pool: SlabPool, giveUp: GiveUp): number {
    let left = ticks
    for (let batch = this.peek(); batch !== undefined && left > 0; batch = this.peek()) {
      const give = Math.min(left, batch.count)
      for (let row = batch.start; row < batch.start + give; row++) giveUp(batch.slab, row, batch.feed)
      batch.start += give
      batch.count -= give
      left -= give
      if (batch.count > 0) break
      pool.release(batch.slab)
      this.next()
    }
    return ticks - left
  }

  /**
   * Drops up to `ticks` ticks, oldest first, each older than another waiting tick of its instrument. Returns the
   * number; it is smaller when only the newest tick of each instrument is left. Survivors at the front are copied
   * into fresh slabs; otherwise one of them would hold the memory of a thousand. Reads every waiting row once.
   */
  conflate(ticks: number, pool: SlabPool, giveUp: GiveUp): number {
    this.countWaiting()
    const kept = new Gathered(pool)
    let left = ticks
    let at = this.head
    for (; at < this.batches.length && left > 0; at++) {
      const batch = this.batches[at] as TickBatch
      const counts = this.waitingOf
      for (let row = batch.start; row < batch.start + batch.count; row++) {
        const index = batch.slab.u32[row * recordI32 + word.instrument] as number
        const waiting = counts[index] as number
        if (left > 0 && waiting > 1) {
          counts[index] = waiting - 1
          left--
          giveUp(batch.slab, row, batch.feed)
        } else kept.add(batch, row)
      }
      pool.release(batch.slab)
    }
    this.batches.splice(0, at, ...kept.end())
    this.head = 0
    return ticks - left
  }

  private countWaiting(): void {
    this.waitingOf.fill(0)
    for (let at = this.head; at < this.batches.length; at++) {
      const { slab, start, count } = this.batches[at] as TickBatch
      for (let row = start; row < start + count; row++) {
        const index = slab.u32[row * recordI32 + word.instrument] as number
        if (index >= this.waitingOf.length) {
          this.waitingOf = grownI32(this.waitingOf, grownRows(this.waitingOf.length, index))
        }
        this.waitingOf[index] = (this.waitingOf[index] as number) + 1
      }
    }
  }
}

/** Copies rows one behind the other into new slabs, as batches. */
class Gathered {
  private readonly pool: SlabPool
  private readonly batches: Array<TickBatch> = []
  private last: TickBatch | undefined

  constructor(pool: SlabPool) {
    this.pool = pool
  }

  add(from: TickBatch, row: number): void {
    let { last } = this
    if (last === undefined || last.slab.used === last.slab.rows) last = this.open(from.feed, this.pool.take())
    else if (last.feed !== from.feed) last = this.open(from.feed, last.slab)
    const { slab } = last
    slab.bytes.set(from.slab.bytes.subarray(row * recordBytes, (row + 1) * recordBytes), slab.used * recordBytes)
    slab.used++
    last.count++
  }

  end(): ReadonlyArray<TickBatch> {
    return this.batches
  }

  private open(feed: FeedIndex, slab: TickBatch["slab"]): TickBatch {
    slab.held++
    this.last = { slab, feed, start: slab.used, count: 0 }
    this.batches.push(this.last)
    return this.last
  }
}

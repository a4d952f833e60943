import { grownI32, grownRows } from "../domain/instrument-table.ts"
import { bitOf } from "../domain/law.ts"
import { type FeedIndex, recordI32, type TickBatch, type TickSlab, word } from "../domain/tick-slab.ts"

const snapshotMark = bitOf("snapshot")
/** Volume that grew by nobody knows how much, as in `last_volume`. */
const unknown = -1

interface FeedCarry {
  lots: Int32Array
  /** Trading day of what is carried, yyyymmdd; 0: nothing is. */
  days: Int32Array
}

/**
 * Keeps the promise of `last_volume` over ticks that are given up: growth that nobody was told is added to the next tick
 * of the instrument that goes on. Costs nothing while nothing is carried.
 */
export class VolumeCarry {
  private readonly feeds: Array<FeedCarry> = []
  private carried = 0

  /** The tick in `row` is given up. */
  note(slab: TickSlab, row: number, feed: FeedIndex): void {
    const words = row * recordI32
    // A snapshot moves nothing that a later tick is measured from.
    if (((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) return
    const index = slab.u32[words + word.instrument] as number
    const { lots, days } = this.roomFor(feed, index)
    const day = slab.i32[words + word.tradingDay] as number
    const grown = slab.i32[words + word.lastVolume] as number
    if (days[index] === 0) this.carried++
    const before = days[index] === day ? (lots[index] as number) : 0
    lots[index] = grown < 0 || before < 0 ? unknown : before + grown
    days[index] = day
  }

  /** The ticks of `batch` go on. */
  settle({ slab, feed, start, count }: TickBatch): void {
    const carry = this.feeds[feed]
    if (this.carried === 0 || carry === undefined) return
    for (let row = start; row < start + count; row++) {
      const words = row * recordI32
      const index = slab.u32[words + word.instrument] as number
      const day = carry.days[index] ?? 0
      if (day === 0 || ((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) continue
      const grown = slab.i32[words + word.lastVolume] as number
      const lots = carry.lots[index] as number
      // A new trading day counts from 0 again: what the old one had is in nobody's sum.
      if (day === slab.i32[words + word.tradingDay] && grown >= 0) {
        slab.i32[words + word.lastVolume] = lots < 0 ? unknown : grown + lots
      }
      carry.days[index] = 0
      this.carried--
    }
  }

  private roomFor(feed: FeedIndex, index: number): FeedCarry {
    const carry = (this.feeds[feed] ??= { lots: new Int32Array(0), days: new Int32Array(0) })
    if (index >= carry.days.length) {
      const rows = grownRows(carry.days.length, index)
      carry.lots = grownI32(carry.lots, rows)
      carry.days = grownI32(carry.days, rows)
    }
    return carry
  }
}

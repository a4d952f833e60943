import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { recordI32, type TickBatch, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"

const snapshotMark = bitOf("snapshot")
/** Unknown growth, as in `last_volume`. */
const unknown = -1

/**
 * Keeps `last_volume` correct when ticks are dropped: their growth is added to the next tick of the instrument that
 * is sent, from any feed. Costs nothing while nothing is carried.
 */
export class VolumeCarry {
  private lots = new Int32Array(0)
  /** Trading day of the carried volume, yyyymmdd; 0: none. */
  private days = new Int32Array(0)
  private carried = 0

  /** The tick in `row` is dropped. */
  note(slab: TickSlab, row: number): void {
    const words = row * recordI32
    // Later ticks are not measured from a snapshot.
    if (((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) return
    const index = slab.u32[words + word.instrument] as number
    if (index >= this.days.length) this.widen(index)
    const { lots, days } = this
    const day = slab.i32[words + word.tradingDay] as number
    const grown = slab.i32[words + word.lastVolume] as number
    if (days[index] === 0) this.carried++
    const before = days[index] === day ? (lots[index] as number) : 0
    lots[index] = grown < 0 || before < 0 ? unknown : before + grown
    days[index] = day
  }

  /** The ticks of `batch` are sent. */
  settle({ slab, start, count }: TickBatch): void {
    if (this.carried === 0) return
    for (let row = start; row < start + count; row++) {
      const words = row * recordI32
      const index = slab.u32[words + word.instrument] as number
      const day = this.days[index] ?? 0
      if (day === 0 || ((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) continue
      const grown = slab.i32[words + word.lastVolume] as number
      const lots = this.lots[index] as number
      // A new trading day counts from 0 again, so the previous day's carried volume is discarded.
      if (day === slab.i32[words + word.tradingDay] && grown >= 0) {
        slab.i32[words + word.lastVolume] = lots < 0 ? unknown : grown + lots
      }
      this.days[index] = 0
      this.carried--
    }
  }

  private widen(index: number): void {
    const rows = grownRows(this.days.length, index)
    this.lots = grownI32(this.lots, rows)
    this.days = grownI32(this.days, rows)
  }
}

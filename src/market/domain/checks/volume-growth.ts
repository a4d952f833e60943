import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** `lastVolume` of a record when the growth is not known: the key is absent from the message. */
export const unknownGrowth = -1

/**
 * Lots traded between two published ticks of a contract: growth of the cumulative volume of the trading day.
 *
 * The sum over a trading day is the day's volume, whatever was missed in between: a hole makes the next growth larger,
 * not wrong. It is never more than what the volume grew by, also when the volume fell and a lower one was believed: lots up
 * to the highest volume of the day are counted already, so growth is not known again before the volume has passed it.
 * The first tick of a day that began while this run watched counts from 0. The first tick that a run sees of a contract has
 * no growth, since what it counts from is not known.
 * A stale snapshot never moves the base: it has no growth, and the next tick grows from the last real one. Only one with
 * volume 0 tells something for sure, that the day has not begun; one that tells no volume at all never does.
 */
export class VolumeGrowth {
  private rows = 0
  /** Trading day and highest volume of the ticks that counted; day 0: none. */
  private baseDay = new Int32Array(0)
  private baseVolume = new Int32Array(0)
  /** The day that was the base before, and its highest volume: one tick with a wrong day must not count it twice. */
  private leftDay = new Int32Array(0)
  private leftVolume = new Int32Array(0)
  /** Latest trading day of a tick that counted, and of any, snapshots included. */
  private countedDay = new Int32Array(0)
  private seenDay = new Int32Array(0)

  /**
   * Growth in lots, or `unknownGrowth`; moves the base. Call once for each tick that is published. `tellsVolume` false: its
   * volume 0 stands for "not known".
   */
  grow(index: number, tradingDay: number, volume: number, snapshot: boolean, tellsVolume = true): number {
    if (index >= this.rows) this.widen(index)
    if (!tellsVolume) return unknownGrowth
    const seen = this.seenDay[index] as number
    if (tradingDay > seen) this.seenDay[index] = tradingDay
    if (this.baseDay[index] === tradingDay) {
      if (snapshot) return unknownGrowth
      const growth = volume - (this.baseVolume[index] as number)
      if (growth < 0) return unknownGrowth
      this.baseVolume[index] = volume
      return growth
    }
    if (snapshot) {
      if (volume === 0 && tradingDay > (this.baseDay[index] as number)) this.moveBase(index, tradingDay, 0)
      return unknownGrowth
    }
    // Back to a day that was left: one of the two days was wrong, and nobody knows what was counted.
    const isBack = this.leftDay[index] === tradingDay
    this.moveBase(index, tradingDay, volume)
    const counted = this.countedDay[index] as number
    if (tradingDay <= counted) return unknownGrowth
    this.countedDay[index] = tradingDay
    if (isBack) return unknownGrowth
    return counted !== 0 || (seen !== 0 && seen < tradingDay) ? volume : unknownGrowth
  }

  /** Days of snapshots were judged by a wrong clock: that one was of an earlier day says nothing any more. */
  forgetSnapshots(): void {
    this.seenDay.set(this.countedDay)
  }

  private moveBase(index: number, tradingDay: number, volume: number): void {
    const counted = this.leftDay[index] === tradingDay ? (this.leftVolume[index] as number) : 0
    this.leftDay[index] = this.baseDay[index] as number
    this.leftVolume[index] = this.baseVolume[index] as number
    this.baseDay[index] = tradingDay
    this.baseVolume[index] = volume > counted ? volume : counted
  }

  private widen(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.baseDay = grownI32(this.baseDay, this.rows)
    this.baseVolume = grownI32(this.baseVolume, this.rows)
    this.leftDay = grownI32(this.leftDay, this.rows)
    this.leftVolume = grownI32(this.leftVolume, this.rows)
    this.countedDay = grownI32(this.countedDay, this.rows)
    this.seenDay = grownI32(this.seenDay, this.rows)
  }
}

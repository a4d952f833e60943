import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** Value of `lastVolume` in a record when the growth is not known. The message then omits the key. */
export const unknownGrowth = -1

/**
 * Lots traded between two published ticks of a contract: growth of the cumulative volume of the trading day.
 * The sum over a trading day is the day's volume, even when ticks were missed: the next growth is larger, not wrong.
 * The sum is never larger than the volume. When the volume falls and the lower value is accepted, growth is unknown
 * until the volume passes the day's maximum, because those lots are already counted.
 * The first tick of a day that began during this run counts from 0. The first tick of a contract in a run has unknown
 * growth, because the volume before it is unknown.
 * A stale snapshot never moves the base: it has no growth, and the next tick counts from the last fresh one. Only a
 * snapshot with volume 0 proves something: that the day has not begun. A tick without a volume proves nothing.
 */
export class VolumeGrowth {
  private rows = 0
  /** Trading day and maximum volume of the counted ticks; day 0: none. */
  private baseDay = new Int32Array(0)
  private baseVolume = new Int32Array(0)
  /** The previous base day and its maximum volume: one tick with a wrong day must not count that day twice. */
  private leftDay = new Int32Array(0)
  private leftVolume = new Int32Array(0)
  /** Latest trading day of a counted tick, and of any tick including snapshots. */
  private countedDay = new Int32Array(0)
  private seenDay = new Int32Array(0)

  /**
   * Growth in lots, or `unknownGrowth`; moves the base. Call it once for each published tick. `hasVolume` false:
   * volume 0 means "not known".
   */
  grow(index: number, tradingDay: number, volume: number, snapshot: boolean, hasVolume = true): number {
    if (index >= this.rows) this.widen(index)
    if (!hasVolume) return unknownGrowth
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
    // Returned to a previous day: one of the two days was wrong, so the counted volume is unknown.
    const isBack = this.leftDay[index] === tradingDay
    this.moveBase(index, tradingDay, volume)
    const counted = this.countedDay[index] as number
    if (tradingDay <= counted) return unknownGrowth
    this.countedDay[index] = tradingDay
    if (isBack) return unknownGrowth
    return counted !== 0 || (seen !== 0 && seen < tradingDay) ? volume : unknownGrowth
  }

  /** Largest volume of the instrument's present and previous trading day; 0: not known. */
  largestOf(index: number): number {
    return Math.max(this.baseVolume[index] ?? 0, this.leftVolume[index] ?? 0)
  }

  /** The days of snapshots were derived from a wrong clock, so they prove nothing. */
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

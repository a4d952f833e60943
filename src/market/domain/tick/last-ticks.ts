import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"

/**
 * All that the vendor sent, from TradingDay to the last ask volume. Number, receive time and symbol are outside this
 * range.
 */
const bodyFrom = word.tradingDay
const bodyWords = word.monoNsLow - bodyFrom
/** No TradingDay has this value, so a first tick is never a repetition. */
const neverSeen = -0x8000_0000

/**
 * The last accepted tick of each instrument, word for word as it was received.
 * A tick that repeats all of it is a duplicate: same trading and action day, same time to the millisecond, same
 * volume, same book. CZCE sends many ticks within one second, but each differs in some field. Fronts repeat ticks
 * after a restart or a new subscription.
 * Bits are compared, not numbers, so that NaN equals itself and 0 differs from -0.
 */
export class LastTicks {
  private bodies = new Int32Array(0)
  private rows = 0

  isRepeated(slab: TickSlab, row: number, index: number): boolean {
    if (index >= this.rows) return false
    const { bodies } = this
    const { i32 } = slab
    const from = row * recordI32 + bodyFrom
    const at = index * bodyWords
    for (let i = 0; i < bodyWords; i++) if (bodies[at + i] !== i32[from + i]) return false
    return true
  }

  /** Keeps the raw record. Call it before the record is rewritten. */
  keep(slab: TickSlab, row: number, index: number): void {
    if (index >= this.rows) {
      this.rows = grownRows(this.rows, index)
      this.bodies = grownI32(this.bodies, this.rows * bodyWords, neverSeen)
    }
    const { bodies } = this
    const { i32 } = slab
    const from = row * recordI32 + bodyFrom
    const at = index * bodyWords
    for (let i = 0; i < bodyWords; i++) bodies[at + i] = i32[from + i] as number
  }
}

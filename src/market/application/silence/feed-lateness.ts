import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** A tick with a larger delay is late: clocks of exchanges and hosts differ by less, and CZCE has whole seconds. */
const leastMs = 5000
/** Minimum of consecutive late ticks of one instrument: a single one may be a snapshot after a subscription. */
const stepsMin = 2
/** Ticks of one instrument that are further apart are not consecutive. */
const followMs = 60_000
/** After this long without a tick, no backlog is left. */
const goneMs = 10_000

/**
 * Delay of one feed's ticks behind the exchange: a front or a network with a backlog. The laws treat such ticks as
 * snapshots, but they do arrive, and each repair would queue behind them or lose them. Called with every tick that
 * passes the laws: one comparison for a tick in time, a few stores for a late one.
 */
export class FeedLateness {
  private lateMs = 0
  private lateAtMs = Number.NEGATIVE_INFINITY
  private inTimeAtMs = Number.NEGATIVE_INFINITY
  private rows = 0
  private exchangeMs = new Float64Array(0)
  private seenMs = new Float64Array(0)
  private steps = new Int32Array(0)

  /**
   * A tick with exchange time `exchangeMs`, received at `receivedMs` by this host's clock, which is `offsetMs` behind
   * the exchange's (`TickLedger.clockOffsetMs`). Epoch milliseconds.
   */
  note(index: number, exchangeMs: number, receivedMs: number, offsetMs = 0): void {
    const late = receivedMs + offsetMs - exchangeMs
    if (late < leastMs) {
      this.inTimeAtMs = receivedMs
      return
    }
    if (index < 0) return
    if (index >= this.rows) this.grow(index)
    const follows = receivedMs - (this.seenMs[index] as number) <= followMs
    if (follows && exchangeMs <= (this.exchangeMs[index] as number)) return
    const steps = follows ? (this.steps[index] as number) + 1 : 0
    this.steps[index] = steps
    this.exchangeMs[index] = exchangeMs
    this.seenMs[index] = receivedMs
    if (steps < stepsMin) return
    this.lateMs = late
    this.lateAtMs = receivedMs
  }

  /** Milliseconds behind the exchange; 0: in time, or no tick arrives. */
  at(nowMs: number): number {
    return this.lateAtMs > this.inTimeAtMs && nowMs - this.lateAtMs < goneMs ? this.lateMs : 0
  }

  private grow(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.exchangeMs = grownF64(this.exchangeMs, this.rows, Number.NaN)
    this.seenMs = grownF64(this.seenMs, this.rows, Number.NaN)
    this.steps = grownI32(this.steps, this.rows)
  }
}

import type { FrontSession } from "../front/front-session.ts"
import type { FrontState } from "../front/front-state.ts"
import type { SymbolTable } from "../front/symbol-table.ts"
import { wireTickBytes } from "../front/wire-tick.ts"
import type { RecordedBatch } from "./recording-parser.ts"
import { ReplayFilter, rowFate } from "./replay-filter.ts"
import { replayGapMs } from "./replay-timeline.ts"

/** `max`: as fast as the session accepts ticks; a number: this many times the recorded speed. */
export type ReplaySpeed = "max" | number

/** Position of a replay: the current batch, its next row, and when each row is due. No fiber, no waiting. */
export class ReplayCursor {
  private readonly front: FrontState
  private readonly symbols: SymbolTable
  private readonly filter: ReplayFilter
  private readonly speed: ReplaySpeed
  private readonly settleMs: number
  /** Last row sent of each symbol, for stale snapshots. */
  private readonly lastTicks: Array<Buffer> = []
  private batch: RecordedBatch | undefined
  private row = 0
  /** Due times of the batch's rows in real milliseconds since the replay's start. */
  private due = new Float64Array(0)
  private dueMs = 0
  private lastTimeMs = -1
  private startMs = Number.NEGATIVE_INFINITY

  constructor(
    front: FrontState,
    symbols: SymbolTable,
    options: { readonly speed: ReplaySpeed; readonly settleMs: number }
  ) {
    this.front = front
    this.symbols = symbols
    this.filter = new ReplayFilter(front, symbols)
    this.speed = options.speed
    this.settleMs = options.settleMs
  }

  load(batch: RecordedBatch): void {
    this.batch = batch
    this.row = 0
    this.front.tally.rowsRead += batch.count
    this.front.tally.held += batch.count
    if (this.speed === "max") return
    this.due = new Float64Array(batch.count)
    for (let row = 0; row < batch.count; row++) {
      const timeMs = batch.timeOfDayMs[row] as number
      this.dueMs += replayGapMs(this.lastTimeMs, timeMs, this.speed)
      this.due[row] = this.dueMs
      if (timeMs >= 0) this.lastTimeMs = timeMs
    }
  }

  /** Rows of the batch are left. */
  get pending(): boolean {
    return this.batch !== undefined && this.row < this.batch.count
  }

  /** The next row is due now: called when the replay starts, or continues after a time without a receiver. */
  resume(nowMs: number): void {
    this.startMs = Math.max(this.startMs, nowMs - (this.due[this.row] ?? 0))
  }

  /** Milliseconds until the next row is due; 0 or less: now. */
  waitMs(nowMs: number): number {
    return this.speed === "max" ? 0 : this.startMs + (this.due[this.row] as number) - nowMs
  }

  /**
   * Sends the rows that are due. Returns the milliseconds to wait for `session` to subscribe to the instrument of the
   * next row; 0 when only time or room is missing.
   */
  take(session: FrontSession, nowMs: number): number {
    const batch = this.batch as RecordedBatch
    const { tally } = this.front
    const unsettledMs = session.subscribedAtMs + this.settleMs - nowMs
    const first = this.row
    let kept = first
    let waitMs = 0
    for (; this.row < batch.count && this.waitMs(nowMs) <= 0; this.row++) {
      const symbol = batch.symbol[this.row] as number
      const fate = this.filter.fate(session, symbol)
      if (fate === rowFate.notSubscribed && unsettledMs > 0) {
        waitMs = unsettledMs
        break
      }
      tally.held--
      if (fate === rowFate.notSubscribed) tally.notSubscribed++
      else if (fate === rowFate.stopped) tally.stopped++
      else {
        // Sent rows move together over unsent ones: one frame instead of many.
        const at = this.row * wireTickBytes
        if (kept !== this.row) batch.ticks.copyWithin(kept * wireTickBytes, at, at + wireTickBytes)
        this.remember(symbol, batch.ticks, kept * wireTickBytes)
        kept++
      }
    }
    if (kept > first) session.sendTicks(batch.ticks.subarray(first * wireTickBytes, kept * wireTickBytes), "recording")
    return waitMs
  }

  /** Last sent row of an instrument. */
  lastTick(instrumentId: string): Buffer | undefined {
    const symbol = this.symbols.numberOf.get(instrumentId)
    const tick = symbol === undefined ? undefined : this.lastTicks[symbol]
    return tick === undefined ? undefined : Buffer.from(tick)
  }

  private remember(symbol: number, ticks: Buffer, at: number): void {
    let last = this.lastTicks[symbol]
    if (last === undefined) {
      last = Buffer.alloc(wireTickBytes)
      this.lastTicks[symbol] = last
    }
    ticks.copy(last, 0, at, at + wireTickBytes)
  }
}

import { type TradingPhase, tradingPhase } from "../../../kernel/calendar/trading-phase.ts"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import type { InstrumentKind } from "../../../kernel/instrument/instrument-code.ts"
import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { isAbsent } from "../../../kernel/instrument/price.ts"
import { bitOf, firstLaw } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { exchangeMs, type Moment, receivedMs } from "../../../kernel/time/moment.ts"
import { bookLaws, hasBook, hasVolume, isHollow } from "./law-checks.ts"
import { lawMasks } from "./law-table.ts"
import { valueLaws } from "./law-values.ts"

const bookOnly = bitOf("book_only")
const timeFell = bitOf("time_fell")
const volumeFell = bitOf("volume_fell")
const turnoverFell = bitOf("turnover_fell")
const receiveTimeBounds = bitOf("receive_time_bounds")
const tradingHours = bitOf("trading_hours")
const snapshotMark = bitOf("snapshot")
/** Effects of a wrong base. These heal, see `healAfter`. */
const fallen = timeFell | volumeFell

/** The clocks of exchange and host may differ. A tick further in the future than this has a wrong time. */
const futureMs = 300_000
/**
 * A tick that is older than this at receipt is a snapshot: a front pushes the last known state after a subscription.
 */
const staleMs = 60_000
/** After this many consecutive ticks that agree with each other and not with the base, the base was wrong. */
export const healAfter = 8

/**
 * Facts about an instrument, read at its first tick and again on each trading day. `priceTick` undefined: the grid is
 * not checked.
 */
export interface LawFacts {
  readonly exchange: Exchange
  readonly kind: InstrumentKind | undefined
  readonly priceTick: number | undefined
}

/**
 * Checks ticks of one feed, in sequence, and keeps the values that the next tick of an instrument is compared with.
 * State is in typed arrays by instrument index; checking a known instrument allocates nothing.
 */
export class TickLaws {
  /** Bits of the laws that flag the last checked tick; set only when it was not quarantined. */
  flags = 0
  /** False when the last checked tick has no volume: at most a book. */
  hasVolume = true
  private readonly factsOf: (index: number) => LawFacts
  private rows = 0
  private seen = new Int32Array(0)
  private ticksPerUnit = new Float64Array(0)
  /** Four masks for each instrument: flag, quarantine, and both again for times outside continuous trading. */
  private masks = new Int32Array(0)
  private day = new Int32Array(0)
  private timeMs = new Float64Array(0)
  private volume = new Int32Array(0)
  private turnover = new Float64Array(0)
  /** Consecutive ticks below the base, and the values of the last of them. */
  private falls = new Int32Array(0)
  private fallMs = new Float64Array(0)
  private fallVolume = new Int32Array(0)

  constructor(factsOf: (index: number) => LawFacts) {
    this.factsOf = factsOf
  }

  /**
   * Checks the raw record in `row`. Returns 0: publish, with `flags`; else 1 + the index in `laws` of the reason for
   * quarantine.
   * `moment` holds the resolved exchange time and the clock to compare it with; `tradingDay` as resolved.
   * `stale`: the time rules already found that the tick is a snapshot.
   */
  judge(
    slab: TickSlab,
    row: number,
    index: number,
    moment: Moment,
    tradingDay: number,
    phase: TradingPhase,
    stale: boolean
  ): number {
    if (index >= this.rows) this.widen(index)
    if (this.seen[index] === 0) this.meet(index)
    const { f64, i32 } = slab
    const timeMs = moment[exchangeMs] as number
    const clockMs = moment[receivedMs] as number
    const d = row * recordF64
    const w = row * recordI32
    const volume = i32[w + word.volume] as number
    const turnover = f64[d + double.turnover] as number
    const sameDay = this.day[index] === tradingDay

    this.hasVolume = true
    if (volume === 0 && isHollow(f64, i32, d, w)) {
      this.hasVolume = hasVolume(f64, i32, d, w)
      const tradedToday = sameDay && (this.volume[index] as number) > 0
      const partial = tradedToday || (!this.hasVolume && hasBook(f64, i32, d, w))
      // Values that the tick leaves out cannot be checked, so no other law is reported.
      if (partial && ((this.masks[index * 4 + 1] as number) & bookOnly) !== 0) return 1 + firstLaw(bookOnly)
    }
    let broken = valueLaws(f64, i32, d, w) | bookLaws(f64, i32, d, w, this.ticksPerUnit[index] as number)
    if (timeMs < (this.timeMs[index] as number)) broken |= timeFell
    if (sameDay) {
      if (volume < (this.volume[index] as number)) broken |= volumeFell
      // Recorders print six digits. A fall within that precision is caused by printing.
      if (!isAbsent(turnover) && turnover < (this.turnover[index] as number) * (1 - 1e-5)) broken |= turnoverFell
    }
    if (timeMs > clockMs + futureMs) broken |= receiveTimeBounds
    const closed = phase === tradingPhase.closed
    if (closed) broken |= tradingHours
    const first = this.seen[index] === 1
    if (stale || timeMs < clockMs - staleMs || (first && (closed || phase === tradingPhase.preOpen))) {
      broken |= snapshotMark
    }

    const masks = index * 4 + (phase === tradingPhase.trading ? 0 : 2)
    const blamed = broken & (this.masks[masks + 1] as number)
    const isFresh = !(timeMs < clockMs - staleMs) && !stale
    if (blamed !== 0 && !this.heals(index, blamed, moment, volume, isFresh)) return 1 + firstLaw(blamed)
    this.flags = (broken & (this.masks[masks] as number)) | blamed
    this.seen[index] = 2
    this.falls[index] = 0
    if (!sameDay) this.learn(index)
    this.day[index] = tradingDay
    this.timeMs[index] = timeMs
    this.volume[index] = volume
    this.turnover[index] = isAbsent(turnover) ? 0 : turnover
    return 0
  }

  /**
   * One tick with a time far in the future must not cause the quarantine of all that follow, nor must a front that
   * restarts its volume. Fresh ticks that rise among themselves become the new base.
   * Old ticks never do: a front that repeats its past stays quarantined. Nor do ticks with volume 0 after a trade:
   * they agree only in what they leave out.
   */
  private heals(index: number, blamed: number, moment: Moment, volume: number, isFresh: boolean): boolean {
    const timeMs = moment[exchangeMs] as number
    if ((blamed & ~fallen) !== 0 || !isFresh || ((blamed & volumeFell) !== 0 && volume === 0)) return false
    const agrees = timeMs >= (this.fallMs[index] as number) && volume >= (this.fallVolume[index] as number)
    const falls = agrees ? (this.falls[index] as number) + 1 : 1
    this.falls[index] = falls
    this.fallMs[index] = timeMs
    this.fallVolume[index] = volume
    return falls >= healAfter
  }

  private meet(index: number): void {
    this.learn(index)
    this.timeMs[index] = Number.NEGATIVE_INFINITY
    this.seen[index] = 1
  }

  /** Facts of a contract list may change from day to day, and may arrive after the first tick. */
  private learn(index: number): void {
    const { exchange, kind, priceTick } = this.factsOf(index)
    const masks = lawMasks(exchange, kind)
    this.masks[index * 4] = masks.flag
    this.masks[index * 4 + 1] = masks.quarantine
    this.masks[index * 4 + 2] = masks.flagOutsideTrading
    this.masks[index * 4 + 3] = masks.quarantineOutsideTrading
    this.ticksPerUnit[index] = priceTick === undefined || !(priceTick > 0) ? 0 : 1 / priceTick
  }

  private widen(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.seen = grownI32(this.seen, this.rows)
    this.ticksPerUnit = grownF64(this.ticksPerUnit, this.rows)
    this.masks = grownI32(this.masks, this.rows * 4)
    this.day = grownI32(this.day, this.rows)
    this.timeMs = grownF64(this.timeMs, this.rows)
    this.volume = grownI32(this.volume, this.rows)
    this.turnover = grownF64(this.turnover, this.rows)
    this.falls = grownI32(this.falls, this.rows)
    this.fallMs = grownF64(this.fallMs, this.rows)
    this.fallVolume = grownI32(this.fallVolume, this.rows)
  }
}

import type { Exchange } from "../instrument/exchange.ts"
import { grownF64, grownRows } from "../instrument/instrument-table.ts"
import { type PhaseSource, tradingPhase } from "./trading-phase.ts"

/** Host and exchange may disagree about the second at which a section begins or ends: nothing is checked around it. */
const borderMs = 3000

/**
 * Options of the stock exchanges end with an auction of three minutes that counts as trading: its length,
 * milliseconds.
 */
export const closingAuctionMs = (exchange: Exchange | undefined): number =>
  exchange === "SSE" || exchange === "SZSE" ? 180_000 : 0

/**
 * The time range in which ticks of an instrument are expected: a section of continuous trading, without its borders.
 * Outside (auction, break, closed, hours not known) it is not watched. A check is two comparisons.
 */
export class WatchWindows {
  private readonly hours: PhaseSource
  /** Time before the end of a section in which an exchange may hold its closing auction, milliseconds. */
  private readonly closingMs: (index: number) => number
  private holdsFrom = new Float64Array(0)
  private holdsUntil = new Float64Array(0)
  private from = new Float64Array(0)
  private until = new Float64Array(0)

  constructor(hours: PhaseSource, closingMs: (index: number) => number = () => 0) {
    this.hours = hours
    this.closingMs = closingMs
  }

  /** True when ticks of the instrument are expected now. */
  isOpen(index: number, nowMs: number): boolean {
    if (!(nowMs >= (this.holdsFrom[index] as number) && nowMs < (this.holdsUntil[index] as number))) {
      this.look(index, nowMs)
    }
    return nowMs >= (this.from[index] as number) && nowMs < (this.until[index] as number)
  }

  /** Since when its ticks are expected. Call `isOpen` before. */
  openSince(index: number): number {
    return this.from[index] as number
  }

  private look(index: number, nowMs: number): void {
    if (index >= this.from.length) {
      const rows = grownRows(this.from.length, index)
      for (const name of ["holdsFrom", "holdsUntil", "from", "until"] as const) {
        this[name] = grownF64(this[name], rows, Number.NaN)
      }
    }
    const { phase, fromMs, untilMs } = this.hours(index, nowMs)
    this.holdsFrom[index] = fromMs
    this.holdsUntil[index] = untilMs
    const trading = phase === tradingPhase.trading
    this.from[index] = trading ? fromMs + borderMs : Number.NaN
    this.until[index] = trading ? untilMs - borderMs - this.closingMs(index) : Number.NaN
  }
}

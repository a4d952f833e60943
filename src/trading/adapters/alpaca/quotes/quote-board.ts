import type { Decimal } from "../../../../kernel/decimal.ts"
import type { InstantNs } from "../../../../kernel/time/utc-instant.ts"
import type { QuoteView } from "../../../domain/risk/gate-view.ts"
import type { AlpacaCounts } from "../counts.ts"
import type { QuoteTimes } from "../settings.ts"
import type { WireQuote } from "../wire/data-frame.ts"
import { judgeQuote, tradingOf } from "./judge-quote.ts"

export interface Wanted {
  readonly sources: Set<string>
  quote: QuoteView | undefined
  taint: string
  /** A halt, and when it was seen: a trade after it ends it, should the resumption be missed. */
  haltedAt: InstantNs | undefined
  /** How often REST had a newer quote since the socket brought one. */
  missed: number
  volume: Decimal | undefined
  /** Trading day of the volume. */
  volumeDay: string
  volumeTriedMs: number
}

/** The wanted symbols with what is known of each. */
export class QuoteBoard {
  readonly wanted = new Map<string, Wanted>()
  private readonly times: QuoteTimes
  private readonly counts: AlpacaCounts
  private readonly exchangeNow: () => InstantNs

  constructor(times: QuoteTimes, counts: AlpacaCounts, exchangeNow: () => InstantNs) {
    this.times = times
    this.counts = counts
    this.exchangeNow = exchangeNow
  }

  /** True: the symbol was not wanted before. */
  want(symbol: string, source: string): boolean {
    const known = this.wanted.get(symbol)
    if (known !== undefined) {
      known.sources.add(source)
      return false
    }
    this.wanted.set(symbol, {
      sources: new Set([source]),
      quote: undefined,
      taint: "",
      haltedAt: undefined,
      missed: 0,
      volume: undefined,
      volumeDay: "",
      volumeTriedMs: Number.NEGATIVE_INFINITY
    })
    return true
  }

  /** True: no source wants the symbol any more. */
  release(symbol: string, source: string): boolean {
    const known = this.wanted.get(symbol)
    if (known === undefined || !known.sources.delete(source) || known.sources.size > 0) return false
    return this.wanted.delete(symbol)
  }

  fromSocket(wire: WireQuote): void {
    const known = this.wanted.get(wire.symbol)
    if (known === undefined) return
    known.missed = 0
    this.take(known, wire)
  }

  /** Gives how often in sequence REST has been ahead of the socket. */
  fromRest(wire: WireQuote): number {
    const known = this.wanted.get(wire.symbol)
    return known !== undefined && this.take(known, wire) ? ++known.missed : 0
  }

  /** A new socket is judged on what it brings itself. */
  forgetMissed(): void {
    for (const known of this.wanted.values()) known.missed = 0
  }

  private take(known: Wanted, wire: WireQuote): boolean {
    const judged = judgeQuote(wire, known.quote, this.exchangeNow(), this.times)
    if (typeof judged === "string") {
      this.counts.quotes[judged]++
      return false
    }
    this.counts.quotes.taken++
    known.quote = { ...judged, taint: known.taint }
    return true
  }

  status(symbol: string, code: string, reason: string): void {
    const known = this.wanted.get(symbol)
    const trading = tradingOf(code)
    if (known === undefined || trading === undefined) return
    known.haltedAt = trading === "halted" ? this.exchangeNow() : undefined
    this.taint(known, trading === "halted" ? `halted${reason === "" ? "" : `: ${reason}`}` : "")
  }

  trade(symbol: string, at: InstantNs): void {
    const known = this.wanted.get(symbol)
    if (known?.haltedAt === undefined || at <= known.haltedAt) return
    known.haltedAt = undefined
    this.taint(known, "")
  }

  /** Symbols without a quote that is fresh. */
  stale(): ReadonlyArray<string> {
    const since = this.exchangeNow() - BigInt(this.times.staleMs) * 1_000_000n
    return [...this.wanted].flatMap(([symbol, { quote }]) => (quote === undefined || quote.at < since ? [symbol] : []))
  }

  halted(): ReadonlyArray<string> {
    return [...this.wanted].flatMap(([symbol, { haltedAt }]) => (haltedAt === undefined ? [] : [symbol]))
  }

  private taint(known: Wanted, taint: string): void {
    known.taint = taint
    if (known.quote !== undefined) known.quote = { ...known.quote, taint }
  }
}

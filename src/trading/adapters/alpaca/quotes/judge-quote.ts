import { BigDecimal } from "effect"
import type { InstantNs } from "../../../../kernel/time/utc-instant.ts"
import type { QuoteView } from "../../../domain/risk/gate-view.ts"
import type { QuoteFault } from "../counts.ts"
import type { QuoteTimes } from "../settings.ts"
import type { WireQuote } from "../wire/data-frame.ts"

const ms = 1_000_000n

/** The quote for the gate, or why it must not replace the one before. Locked markets (bid = ask) are usual. */
export const judgeQuote = (
  { ask, at, bid }: WireQuote,
  before: QuoteView | undefined,
  exchangeNow: InstantNs,
  times: QuoteTimes
): Omit<QuoteView, "taint"> | QuoteFault => {
  if (bid === undefined || ask === undefined || at === undefined) return "unreadable"
  if (!BigDecimal.isPositive(bid) || !BigDecimal.isPositive(ask)) {
    return BigDecimal.isNegative(bid) || BigDecimal.isNegative(ask) ? "unreadable" : "oneSided"
  }
  if (BigDecimal.isGreaterThan(bid, ask)) return "crossed"
  if (at > exchangeNow + BigInt(times.futureMs) * ms) return "future"
  if (at < exchangeNow - BigInt(times.staleMs) * ms) return "stale"
  return before !== undefined && at < before.at ? "late" : { bid, ask, at }
}

/** Status codes of the tapes. CTA (A, B): 2 and 3; UTP (C): H, P and T. Others do not stop trading. */
const halts: ReadonlySet<string> = new Set(["H", "P", "2"])
const resumes: ReadonlySet<string> = new Set(["T", "3"])

export const tradingOf = (statusCode: string): "halted" | "trading" | undefined =>
  halts.has(statusCode) ? "halted" : resumes.has(statusCode) ? "trading" : undefined

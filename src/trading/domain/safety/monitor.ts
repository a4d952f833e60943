import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import type { TripReason } from "../risk/safety.ts"

/** When the monitor trips. The first four are the reference's. Units: USD, shares of 1, milliseconds. */
export interface MonitorLimits {
  readonly dailyLoss: Decimal
  readonly drawdownShare: Decimal
  readonly dataStaleMs: number
  readonly venueErrorsInRow: number
  /** Share of refused orders among the last `rejectWindow`. */
  readonly rejectShare: number
  readonly rejectWindow: number
}

export const defaultMonitorLimits: MonitorLimits = {
  dailyLoss: BigDecimal.fromBigInt(5000n),
  drawdownShare: BigDecimal.make(10n, 2),
  dataStaleMs: 1_800_000,
  venueErrorsInRow: 3,
  rejectShare: 0.5,
  rejectWindow: 20
}

/** Kept for the trading day, so that a restart does not forgive a loss. USD. */
export interface DayBaseline {
  readonly day: string
  /** The venue's equity at the end of the day before. */
  readonly equityAtStart: Decimal
  /** The largest equity seen today. */
  readonly peak: Decimal
}

/** What the monitor looks at, each second. `undefined`: not known; only the silence of its source trips then. */
export interface Observation {
  readonly equity: Decimal | undefined
  /** False: the venue sent a number that is not finite, or equity below 0. */
  readonly finite: boolean
  /** Age of the newest quote of a held symbol, in session time. `undefined`: nothing is held, or the market is shut. */
  readonly quoteAgeMs: number | undefined
  readonly venueErrorsInRow: number
  /** The last orders, newest first: true for a refusal by the venue. */
  readonly rejects: ReadonlyArray<boolean>
  readonly unexplainedDifferences: number
  readonly accountBlocks: ReadonlyArray<string>
}

export interface Trip {
  readonly reason: TripReason
  readonly details: string
}

export const raisePeak = (baseline: DayBaseline, equity: Decimal): DayBaseline =>
  BigDecimal.isGreaterThan(equity, baseline.peak) ? { ...baseline, peak: equity } : baseline

/**
 * A new day begins with the venue's equity of the evening before; the same day keeps what it has. A later day begins
 * only when the venue has turned it too: a clock that was set, forward or back, does not forgive a loss or a peak.
 */
export const baselineFor = (kept: DayBaseline | undefined, day: string, equityAtClose: Decimal): DayBaseline =>
  kept !== undefined && (day <= kept.day || BigDecimal.equals(equityAtClose, kept.equityAtStart))
    ? kept
    : { day, equityAtStart: equityAtClose, peak: equityAtClose }

/** Every reason to trip, the gravest first; empty for none. Pure, so that a test and the simulation ask the same. */
export const tripsOf = (
  limits: MonitorLimits,
  baseline: DayBaseline | undefined,
  seen: Observation
): ReadonlyArray<Trip> => {
  const trips: Array<Trip> = []
  const add = (reason: TripReason, details: string): void => void trips.push({ reason, details })
  if (!seen.finite) add("DATA_INVALID", "the venue sent a value that an account cannot have")
  if (seen.accountBlocks.length > 0) add("ACCOUNT_RESTRICTED", seen.accountBlocks.join(", "))
  if (baseline !== undefined && seen.equity !== undefined) {
    const loss = BigDecimal.subtract(baseline.equityAtStart, seen.equity)
    if (BigDecimal.isGreaterThan(loss, limits.dailyLoss)) {
      add("DAILY_LOSS_EXCEEDED", `loss ${decimalText(loss)} USD today, limit ${decimalText(limits.dailyLoss)}`)
    }
    const down = BigDecimal.subtract(baseline.peak, seen.equity)
    // Compared as products: the peak may be 0.
    if (
      BigDecimal.isPositive(down) &&
      BigDecimal.isGreaterThan(down, BigDecimal.multiply(BigDecimal.max(baseline.peak, zero), limits.drawdownShare))
    ) {
      add("MAX_DRAWDOWN", `${decimalText(down)} USD below today's peak of ${decimalText(baseline.peak)}`)
    }
  }
  if (seen.quoteAgeMs !== undefined && seen.quoteAgeMs > limits.dataStaleMs) {
    add("DATA_STALE", `no quote of a held symbol for ${Math.round(seen.quoteAgeMs / 1000)} s`)
  }
  if (seen.venueErrorsInRow >= limits.venueErrorsInRow) {
    add("BROKER_ERRORS", `${seen.venueErrorsInRow} requests to the venue failed in a row`)
  }
  const rejects = seen.rejects.slice(0, limits.rejectWindow)
  const refused = rejects.filter(Boolean).length
  if (rejects.length === limits.rejectWindow && refused > limits.rejectShare * limits.rejectWindow) {
    add("REJECT_RATE", `${refused} of the last ${limits.rejectWindow} orders were refused by the venue`)
  }
  if (seen.unexplainedDifferences > 0) {
    add(
      "RECONCILIATION_DIFFERENCE",
      `${seen.unexplainedDifferences} positions differ from the venue's without an explanation`
    )
  }
  return trips
}

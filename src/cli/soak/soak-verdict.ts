/** What a run must hold. Source of the defaults: requirements NFR3 and NFR5, and the definition of a soak. */
export interface SoakThresholds {
  /** Ticks a second, the average of the run. */
  readonly minMps: number
  readonly maxP99Ms: number
  /** Faulty ticks, in percent of all that should have come. The share must be smaller. */
  readonly maxErrorPercent: number
  /** Gaps of unknown size, stream resets included. */
  readonly maxUnknownGaps: number
}

export const defaultThresholds: SoakThresholds = {
  minMps: 5000,
  maxP99Ms: 300,
  maxErrorPercent: 0.1,
  maxUnknownGaps: 0
}

export interface SoakFigures {
  readonly avgMps: number
  /** Null without a tick. */
  readonly p99Ms: number | null
  readonly errorPercent: number
  readonly unknownGaps: number
  /** The gap records could be read. */
  readonly gapRecordsRead: boolean
  /** The run had its whole length. */
  readonly complete: boolean
}

export interface SoakCheck {
  readonly name: "throughput" | "latency" | "errors" | "gaps"
  readonly passed: boolean
  /** Null: not measured, which fails the check. */
  readonly value: number | null
  readonly limit: number
}

/** `incomplete`: the run was ended early, so that it is no evidence, whatever its figures. */
export type SoakVerdict = "passed" | "failed" | "incomplete"

export const judgeSoak = (
  figures: SoakFigures,
  thresholds: SoakThresholds
): { readonly verdict: SoakVerdict; readonly checks: ReadonlyArray<SoakCheck> } => {
  const { avgMps, errorPercent, gapRecordsRead, p99Ms, unknownGaps } = figures
  const checks: ReadonlyArray<SoakCheck> = [
    { name: "throughput", passed: avgMps >= thresholds.minMps, value: avgMps, limit: thresholds.minMps },
    {
      name: "latency",
      passed: p99Ms !== null && p99Ms <= thresholds.maxP99Ms,
      value: p99Ms,
      limit: thresholds.maxP99Ms
    },
    {
      name: "errors",
      passed: errorPercent < thresholds.maxErrorPercent,
      value: errorPercent,
      limit: thresholds.maxErrorPercent
    },
    {
      name: "gaps",
      passed: gapRecordsRead && unknownGaps <= thresholds.maxUnknownGaps,
      value: gapRecordsRead ? unknownGaps : null,
      limit: thresholds.maxUnknownGaps
    }
  ]
  const passed = checks.every((check) => check.passed)
  return { verdict: figures.complete ? (passed ? "passed" : "failed") : "incomplete", checks }
}

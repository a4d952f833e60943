import { correlation } from "../training/correlation.ts"
import type { Bundle } from "./bundle.ts"
import { goldenRow } from "./check-bundle.ts"
import { predictRow } from "./predict-row.ts"

/** Rows that a new model and the active one both predict before the new one takes over. */
export const shadowSamples = 100
/** Source: the reference. A new model that orders the rows in another way is looked at by a person first. */
export const shadowCorrelation = 0.5

export interface ShadowReport {
  readonly samples: number
  /** Of both models' predictions; null without an active model, or when one of them is constant. */
  readonly correlation: number | null
  readonly mean_difference: number | null
  readonly passed: boolean
  readonly reason: string
}

/**
 * The new model beside the active one on the golden rows of both, `shadowSamples` at most. It passes when all its
 * predictions are finite and within reach of its own expected range, and when it agrees with the active model.
 */
export const shadowOf = (next: Bundle, active: Bundle | undefined): ShadowReport => {
  const both = [...next.golden.rows, ...(active?.golden.rows ?? [])].slice(0, shadowSamples).map(goldenRow)
  const ours = both.map((row) => predictRow(next, row))
  const { highest, lowest } = next.manifest.expected
  const far = ours.filter((value) => !(value >= 2 * lowest - highest && value <= 2 * highest - lowest))
  const theirs = active === undefined ? undefined : both.map((row) => predictRow(active, row))
  const agreement = theirs === undefined ? Number.NaN : correlation(ours, theirs)
  const report = {
    samples: both.length,
    correlation: Number.isNaN(agreement) ? null : agreement,
    mean_difference:
      theirs === undefined
        ? null
        : ours.reduce((sum, value, at) => sum + Math.abs(value - (theirs[at] as number)), 0) / both.length
  }
  const refused = (reason: string): ShadowReport => ({ ...report, passed: false, reason })
  if (both.length === 0) return refused("the bundle has no golden rows")
  if (far.length > 0) return refused(`${far.length} of ${both.length} predictions are far from ${lowest} to ${highest}`)
  if (theirs !== undefined && !(agreement >= shadowCorrelation)) {
    return refused(`the correlation with the active model is ${agreement.toFixed(3)}, at least ${shadowCorrelation}`)
  }
  return {
    ...report,
    passed: true,
    reason: active === undefined ? "no model is active" : "it agrees with the active model"
  }
}

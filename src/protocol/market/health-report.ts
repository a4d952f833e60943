import { Schema } from "effect"

/**
 * Result of a health check with the keys of the reference service's tool, and what it could not check (`not_judged`).
 * Times are ISO 8601 in Asia/Shanghai, lags seconds, `coverage_ratio` has six decimals.
 * `exit_code`: 0 healthy, 1 warnings only, 2 errors.
 */
export const HealthReport = Schema.Struct({
  generated_at: Schema.String,
  mode: Schema.Literals(["dry-run", "enforce", "audit"]),
  coverage_ratio: Schema.Finite,
  expected_total: Schema.Int,
  active_total: Schema.Int,
  matched_total: Schema.Int,
  ignored_total: Schema.Int,
  ignored_symbols: Schema.Array(Schema.String),
  missing_contracts: Schema.Array(Schema.String),
  /** Why each is missing, and whether that alone is an error. */
  missing_details: Schema.Array(Schema.Struct({ symbol: Schema.String, why: Schema.String, liquid: Schema.Boolean })),
  unexpected_contracts: Schema.Array(Schema.String),
  stalled_contracts: Schema.Array(
    Schema.Struct({
      symbol: Schema.String,
      subscription_id: Schema.String,
      feed: Schema.String,
      last_tick_at: Schema.NullOr(Schema.String),
      lag_seconds: Schema.Finite,
      severity: Schema.Literals(["warning", "critical"])
    })
  ),
  warnings: Schema.Array(Schema.String),
  errors: Schema.Array(Schema.String),
  exit_code: Schema.Literals([0, 1, 2]),
  /**
   * Subscribed instruments whose silence could not be checked: outside trading time, hours not known, never ticked,
   * no times known.
   */
  not_judged: Schema.Struct({
    closed: Schema.Int,
    hours_unknown: Schema.Int,
    never_ticked: Schema.Int,
    no_times: Schema.Int
  }),
  thresholds: Schema.Struct({
    coverage: Schema.Finite,
    lag_warning_seconds: Schema.Finite,
    lag_critical_seconds: Schema.Finite,
    gaps: Schema.Finite,
    liquid: Schema.Array(Schema.String)
  }),
  metadata: Schema.Record(Schema.String, Schema.Unknown),
  remediation: Schema.NullOr(
    Schema.Struct({
      attempted: Schema.Array(Schema.String),
      succeeded: Schema.Array(Schema.String),
      resubscribed: Schema.Array(Schema.String),
      failed: Schema.Array(Schema.Struct({ symbol: Schema.String, reason: Schema.String })),
      rate_limit_events: Schema.Int,
      retries: Schema.Int
    })
  )
})
export type HealthReport = typeof HealthReport.Type

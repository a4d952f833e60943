// A loss that no alert reads is found by a customer. Each column of the ledger and of the spool is either a loss with
// an alert that fires at the first of it, or named here as none.
import { assert, describe, it } from "@effect/vitest"
import { alertsReading, alertsWithValue } from "../../../deploy/dev/metric-readers.ts"
import { metricSections } from "../../../src/app/metrics/metric-sections.ts"
import { gapCauses } from "../../../src/kernel/tick/gap.ts"
import { metricBounds } from "../../../src/market/layers/status/metric-bounds.ts"
import { LedgerMessage, StatusMessage } from "../../../src/protocol/market/status.ts"

const declared = new Set(metricSections.flatMap(({ metrics }) => Object.keys(metrics)))

/** Metric of each column that counts a loss; `none`: what the column counts is stored, or is a part of another. */
const ledgerColumns: Readonly<Record<string, string>> = {
  quarantined: "md_ticks_quarantined_total",
  conflated: "md_ticks_conflated_total",
  dropped: "md_ticks_dropped_total",
  exceptions: "md_exceptions_total",
  balanced: "md_ledger_balanced",
  clock_offset_ms: "md_host_clock_offset_seconds",
  feed: "none: its name",
  received: "none: all of them",
  published: "none: stored",
  duplicate: "none: a copy of a stored tick",
  quarantined_total: "none: sum of quarantined",
  dropped_total: "none: sum of dropped",
  in_flight: "none: under way",
  in_flight_at: "none: under way, by place",
  flagged: "none: published with a mark",
  beyond_calendar: "none: published; MD_Calendar_Running_Out comes before it",
  time_repaired: "none: published",
  spooled: "none: on disk, and stored by the next start"
}
const spoolColumns: Readonly<Record<string, string>> = {
  dropped: "md_spool_dropped_total",
  superseded: "md_spool_superseded_total",
  cut_bytes: "none: what it held is in dropped",
  errors: "none: MD_Spool_Unwritable reads trouble",
  trouble: "md_spool_trouble",
  engaged: "md_spool_engaged",
  bytes: "md_spool_bytes",
  oldest_ms: "md_spool_oldest_seconds",
  bound_bytes: "none: the limit of bytes",
  ticks: "none: on disk",
  recovered: "none: stored"
}
const integrityColumns: Readonly<Record<string, string>> = {
  dropped: "md_integrity_dropped_total",
  omitted: "none: counted in quarantined",
  waiting: "none: under way",
  stored: "none: stored"
}

const faultsOf = (fields: ReadonlyArray<string>, columns: Readonly<Record<string, string>>): ReadonlyArray<string> => [
  ...fields
    .filter((field) => columns[field] === undefined)
    .map((field) => `the new column ${field}: which alert reads it?`),
  ...Object.keys(columns)
    .filter((column) => !fields.includes(column))
    .map((column) => `there is no column ${column}`),
  ...Object.entries(columns).flatMap(([column, metric]) => {
    if (metric.startsWith("none: ")) return []
    if (!declared.has(metric)) return [`${column}: there is no metric ${metric}`]
    return alertsReading(metric).length > 0 ? [] : [`${column}: no alert reads ${metric}`]
  })
]
const none = (faults: ReadonlyArray<string>) => assert.deepStrictEqual(faults, [])
const fieldsOf = (name: "spool" | "integrity") => Object.keys(StatusMessage.fields[name].schema.fields)

describe("each column of a loss", () => {
  it("of the ledger has an alert", () => none(faultsOf(Object.keys(LedgerMessage.fields), ledgerColumns)))
  it("of the spool has an alert", () => none(faultsOf(fieldsOf("spool"), spoolColumns)))
  it("of the integrity records has an alert", () => none(faultsOf(fieldsOf("integrity"), integrityColumns)))

  it("is missed when it is new, and when its alert goes away", () => {
    const { dropped: _, ...rest } = ledgerColumns
    assert.deepStrictEqual(faultsOf(Object.keys(LedgerMessage.fields), rest), [
      "the new column dropped: which alert reads it?"
    ])
    assert.deepStrictEqual(faultsOf(["a", "b"], { a: "md_ticks_received_total", b: "md_away" }), [
      "a: no alert reads md_ticks_received_total",
      "b: there is no metric md_away"
    ])
  })
})

describe("each kind of a loss", () => {
  it("reaches an alert: place of a drop, reason for quarantine, cause of a gap, step of an exception", () => {
    const kinds = {
      md_ticks_dropped_total: ["where", metricBounds.places],
      md_ticks_quarantined_total: ["reason", metricBounds.reasons],
      md_gaps_liquid_total: ["cause", gapCauses],
      md_exceptions_total: ["step", ["judge", "integrity", "write"]]
    } as const
    none(
      Object.entries(kinds).flatMap(([metric, [label, values]]) =>
        values
          .filter((value) => alertsWithValue(metric, label, value).length === 0)
          .map((value) => `no alert reads ${metric}{${label}="${value}"}`)
      )
    )
    // Only the causes in which ticks were lost for certain.
    assert.deepStrictEqual(alertsWithValue("md_gaps_told_total", "cause", "queue_overflow"), ["MD_Stream_Gap"])
    assert.deepStrictEqual(alertsWithValue("md_gaps_told_total", "cause", "session_down"), [])
  })
})

import { gapCauses } from "../../../kernel/tick/gap.ts"
import { laws } from "../../../kernel/tick/law.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { type AddMetric, type Bounds, withZeros } from "./metric-parts.ts"

const steps = ["judge", "integrity", "write"] as const

/** Gaps of a feed by cause, each counted when it is first reported, and those of liquid instruments. */
export interface FeedGaps {
  readonly feed: string
  readonly reportedBy: ReadonlyMap<string, number>
  readonly liquidBy: ReadonlyMap<string, number>
}

/** Metrics of each feed's ledger: every reason, place, law and cause has a series from the start. */
export const addLedgerMetrics = (
  metric: AddMetric,
  status: () => StatusMessage,
  bounds: Bounds,
  gaps: ReadonlyArray<FeedGaps>
): void => {
  metric("md_ticks_received_total", (add) => {
    for (const feed of status().ledger) add(feed.received, { feed: feed.feed })
  })
  metric("md_ticks_published_total", (add) => {
    for (const feed of status().ledger) add(feed.published, { feed: feed.feed })
  })
  metric("md_gaps_told_total", (add) => {
    for (const { feed, reportedBy } of gaps)
      for (const cause of gapCauses) add(reportedBy.get(cause) ?? 0, { feed, cause })
  })
  metric("md_gaps_liquid_total", (add) => {
    for (const { feed, liquidBy } of gaps) for (const cause of gapCauses) add(liquidBy.get(cause) ?? 0, { feed, cause })
  })
  metric("md_ticks_quarantined_total", (add) => {
    for (const { feed, quarantined } of status().ledger)
      for (const [reason, count] of withZeros(bounds.reasons, quarantined)) add(count, { feed, reason })
  })
  metric("md_exceptions_total", (add) => {
    for (const { feed, exceptions } of status().ledger)
      for (const [step, count] of withZeros(steps, exceptions ?? {})) add(count, { feed, step })
  })
  metric("md_ticks_duplicate_total", (add) => {
    for (const { feed, duplicate } of status().ledger) add(duplicate, { feed })
  })
  metric("md_ticks_conflated_total", (add) => {
    for (const { feed, conflated } of status().ledger) add(conflated, { feed })
  })
  metric("md_ticks_flagged_total", (add) => {
    for (const { feed, flagged } of status().ledger)
      for (const [law, count] of withZeros(laws, flagged)) add(count, { feed, law })
  })
  metric("md_ticks_beyond_calendar_total", (add) => {
    for (const { feed, beyond_calendar } of status().ledger) add(beyond_calendar ?? 0, { feed })
  })
  metric("md_ticks_time_repaired_total", (add) => {
    for (const { feed, time_repaired } of status().ledger) add(time_repaired ?? 0, { feed })
  })
  metric("md_host_clock_offset_seconds", (add) => {
    for (const { feed, clock_offset_ms } of status().ledger) add((clock_offset_ms ?? 0) / 1000, { feed })
  })
  metric("md_ticks_dropped_total", (add) => {
    for (const { feed, dropped } of status().ledger)
      for (const [where, count] of withZeros(bounds.places, dropped)) add(count, { feed, where })
  })
  metric("md_ticks_in_flight", (add) => {
    for (const { feed, in_flight_at } of status().ledger)
      for (const [where, count] of Object.entries(in_flight_at)) add(count, { feed, where })
  })
  metric("md_ledger_balanced", (add) => {
    for (const { feed, balanced } of status().ledger) add(balanced ? 1 : 0, { feed })
  })
}

import { gapCauses } from "../../../kernel/tick/gap.ts"
import { laws } from "../../../kernel/tick/law.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { type AddMetric, type Bounds, withZeros } from "./metric-parts.ts"

const steps = ["judge", "integrity", "write"] as const

/** Metrics of each feed's ledger: every reason, place, law and cause has a series from the start. */
export const addLedgerMetrics = (
  gauge: AddMetric,
  counter: AddMetric,
  status: () => StatusMessage,
  bounds: Bounds,
  gaps: ReadonlyArray<{ readonly feed: string; readonly reportedBy: ReadonlyMap<string, number> }>
): void => {
  counter(
    "md_ticks_received_total",
    "Ticks received from the vendor library, including dropped ones",
    ["feed"],
    (add) => {
      for (const feed of status().ledger) add(feed.received, { feed: feed.feed })
    }
  )
  counter("md_ticks_published_total", "Ticks stored in the stream and acknowledged", ["feed"], (add) => {
    for (const feed of status().ledger) add(feed.published, { feed: feed.feed })
  })
  counter("md_gaps_told_total", "Gaps reported in gap records, by cause", ["feed", "cause"], (add) => {
    for (const { feed, reportedBy } of gaps)
      for (const cause of gapCauses) add(reportedBy.get(cause) ?? 0, { feed, cause })
  })
  counter("md_ticks_quarantined_total", "Quarantined ticks, by reason", ["feed", "reason"], (add) => {
    for (const { feed, quarantined } of status().ledger)
      for (const [reason, count] of withZeros(bounds.reasons, quarantined)) add(count, { feed, reason })
  })
  counter(
    "md_exceptions_total",
    "Exceptions that cost a tick (judge, write) or its record (integrity); each is a bug",
    ["feed", "step"],
    (add) => {
      for (const { feed, exceptions } of status().ledger)
        for (const [step, count] of withZeros(steps, exceptions ?? {})) add(count, { feed, step })
    }
  )
  counter("md_ticks_duplicate_total", "Ticks that repeated their predecessor in every field", ["feed"], (add) => {
    for (const { feed, duplicate } of status().ledger) add(duplicate, { feed })
  })
  counter(
    "md_ticks_conflated_total",
    "Ticks dropped in favour of a newer tick of the same instrument",
    ["feed"],
    (add) => {
      for (const { feed, conflated } of status().ledger) add(conflated, { feed })
    }
  )
  counter("md_ticks_flagged_total", "Published ticks that break a law, by law", ["feed", "law"], (add) => {
    for (const { feed, flagged } of status().ledger)
      for (const [law, count] of withZeros(laws, flagged)) add(count, { feed, law })
  })
  counter(
    "md_ticks_beyond_calendar_total",
    "Published ticks outside the trading calendar, where holidays are not known: set TICKD_CALENDAR",
    ["feed"],
    (add) => {
      for (const { feed, beyond_calendar } of status().ledger) add(beyond_calendar ?? 0, { feed })
    }
  )
  counter(
    "md_ticks_time_repaired_total",
    "Published ticks whose day differs from their ActionDay; if frequent at an exchange other than DCE, check the host's clock",
    ["feed"],
    (add) => {
      for (const { feed, time_repaired } of status().ledger) add(time_repaired ?? 0, { feed })
    }
  )
  gauge(
    "md_host_clock_offset_seconds",
    "Exchange time minus this host's clock, measured on ticks, when they differ by more than a minute; else 0",
    ["feed"],
    (add) => {
      for (const { feed, clock_offset_ms } of status().ledger) add((clock_offset_ms ?? 0) / 1000, { feed })
    }
  )
  counter("md_ticks_dropped_total", "Ticks lost, by place", ["feed", "where"], (add) => {
    for (const { feed, dropped } of status().ledger)
      for (const [where, count] of withZeros(bounds.places, dropped)) add(count, { feed, where })
  })
  gauge(
    "md_ticks_in_flight",
    "Ticks between the ring and the stream's acknowledgement, by place",
    ["feed", "where"],
    (add) => {
      for (const { feed, in_flight_at } of status().ledger)
        for (const [where, count] of Object.entries(in_flight_at)) add(count, { feed, where })
    }
  )
  gauge(
    "md_ledger_balanced",
    "1 while received = published + duplicate + quarantined + conflated + dropped + in flight + spooled",
    ["feed"],
    (add) => {
      for (const { feed, balanced } of status().ledger) add(balanced ? 1 : 0, { feed })
    }
  )
}

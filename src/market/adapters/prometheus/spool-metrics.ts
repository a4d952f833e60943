import type { SpoolMessage } from "../../../protocol/market/status.ts"
import type { AddMetric } from "./metric-parts.ts"
import type { spoolMetrics } from "./table/daemon-metrics-table.ts"

/** Metrics of the spool. Without a spool the counters have no sample. */
export const addSpoolMetrics = (add: AddMetric, spool: () => SpoolMessage | undefined): void => {
  const metric = (name: keyof typeof spoolMetrics, read: (of: SpoolMessage) => number) =>
    add(name, (put) => {
      const now = spool()
      if (now !== undefined) put(read(now), {})
    })
  metric("md_spool_engaged", ({ engaged }) => (engaged ? 1 : 0))
  metric("md_spool_ticks", ({ ticks }) => ticks)
  metric("md_spool_bytes", ({ bytes }) => bytes)
  metric("md_spool_bound_bytes", ({ bound_bytes }) => bound_bytes)
  metric("md_spool_oldest_seconds", ({ oldest_ms }) => oldest_ms / 1000)
  metric("md_spool_trouble", ({ trouble }) => (trouble === null ? 0 : 1))
  metric("md_spool_recovered_total", ({ recovered }) => recovered)
  metric("md_spool_dropped_total", ({ dropped }) => dropped)
  metric("md_spool_superseded_total", ({ superseded }) => superseded ?? 0)
  metric("md_spool_cut_bytes_total", (spool) => spool.cut_bytes)
  metric("md_spool_errors_total", ({ errors }) => errors)
}

import type { SpoolMessage } from "../../../protocol/market/status.ts"

/** How `makeMetrics` adds a metric that is read from the status at each scrape. */
type AddMetric = (name: string, help: string, read: (spool: SpoolMessage) => number) => void

/** Metrics of the spool. Without a spool they have no sample. */
export const addSpoolMetrics = (gauge: AddMetric, counter: AddMetric): void => {
  gauge("md_spool_engaged", "1 while ticks are written to disk because the broker is away or slow", ({ engaged }) =>
    engaged ? 1 : 0
  )
  gauge("md_spool_ticks", "Ticks in the spool that the stream has not confirmed", ({ ticks }) => ticks)
  gauge("md_spool_bytes", "Size of the spool on disk", ({ bytes }) => bytes)
  gauge("md_spool_bound_bytes", "Size limit of the spool", ({ bound_bytes }) => bound_bytes)
  gauge("md_spool_oldest_seconds", "Age of the oldest tick in the spool", ({ oldest_ms }) => oldest_ms / 1000)
  gauge("md_spool_trouble", "1 while the spool cannot be written", ({ trouble }) => (trouble === null ? 0 : 1))
  counter(
    "md_spool_recovered_total",
    "Ticks spooled by a previous run and stored by this one",
    ({ recovered }) => recovered
  )
  counter(
    "md_spool_dropped_total",
    "Ticks that the spool dropped, because it was full or damaged",
    ({ dropped }) => dropped
  )
  counter(
    "md_spool_superseded_total",
    "Ticks of a previous run set aside because another writer used the stream since",
    ({ superseded }) => superseded ?? 0
  )
  counter(
    "md_spool_cut_bytes_total",
    "Bytes behind the last whole record of damaged segments",
    (spool) => spool.cut_bytes
  )
  counter("md_spool_errors_total", "Failed writes, reads and fsyncs of the spool", ({ errors }) => errors)
}

import { collectDefaultMetrics, Registry } from "prom-client"
import { type LatencyHistogram, recentQuantile } from "../../../kernel/latency-histogram.ts"
import { type ReaderCut, readerCuts } from "../../../platform/http/reader-bounds.ts"
import { monotonicMs as systemMonotonicMs } from "../../../platform/process/clock.ts"
import type { ConsumerBacklog, ConsumerBacklogs } from "../../../protocol/market/consumer-backlogs.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { declaredMetrics } from "./declared-metrics.ts"
import { addFailoverMetrics } from "./failover-metrics.ts"
import { addFaultMetrics } from "./fault-metrics.ts"
import { addLatencyMetrics, type LineLatencies } from "./latency-metrics.ts"
import { addLedgerMetrics, type FeedGaps } from "./ledger-metrics.ts"
import { type Add, type AddMetric, activeSession, type Bounds } from "./metric-parts.ts"
import { addOutsideMetrics, type Outside } from "./outside-metrics.ts"
import { renderPage } from "./render-page.ts"
import { addSpoolMetrics } from "./spool-metrics.ts"
import { productMetrics, type ReadProducts, subscriptionMetrics } from "./subscription-metrics.ts"
import { daemonPortMetrics } from "./table/market-metrics.ts"
import { processMetrics } from "./table/process-metrics-table.ts"

/** `md_latency_ms_p99` is of this long to twice as long. */
const latencyWindowMs = 30_000

/**
 * All metrics of the daemon. Nothing here runs on the tick path: values are read from the status at each scrape. The
 * caller masks `account`.
 */
export const makeMetrics = (options: {
  readonly status: () => StatusMessage
  readonly latency: LatencyHistogram
  /** Hop by hop; omit to disable. */
  readonly line?: LineLatencies
  /** Omit: this process's. */
  readonly monotonicMs?: () => number
  /** Whether the market trades now, by the daemon's own calendar; omit to disable. */
  readonly isTrading?: () => boolean
  /** Sections of trading, the next ones first; omit to disable. */
  readonly sections?: () => ReadonlyArray<{ readonly openMs: number; readonly closeMs: number }>
  readonly outside?: Outside
  /** The front that each feed is connected to; a feed without a connection is in none. Omit to disable. */
  readonly fronts?: () => Promise<ReadonlyArray<{ readonly feed: string; readonly front: string }> | undefined>
  readonly consumers?: ConsumerBacklogs
  /** Omit to disable. */
  readonly gaps?: ReadonlyArray<FeedGaps>
  /** Contracts of the catalogue that have not expired; undefined: none is kept. */
  readonly contracts?:
    | (() => ReadonlyArray<{ readonly exchange: string; readonly kind: string; readonly contracts: number }>)
    | undefined
  /** Instruments of a feed by product. Omit to disable. */
  readonly products?: ReadProducts
  readonly bounds: Bounds
  /** Number of log lines that could not be written. */
  readonly logDropped?: (() => number) | undefined
  /** Spans that no collector took; omit to disable. */
  readonly spansDropped?: (() => number) | undefined
  /** Readers of the telemetry ports that were cut; omit to disable. */
  readonly readersCut?: Readonly<Record<ReaderCut, number>>
}) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray()) if (!(name in processMetrics)) registry.removeSingleMetric(name)
  const { bounds } = options
  const metric: AddMetric = declaredMetrics(registry, daemonPortMetrics)
  // One status a scrape: it is built from every part of the daemon.
  let scraped: StatusMessage | undefined
  const status = () => (scraped ??= options.status())

  metric("tickd_build_info", (add) =>
    add(1, { version: status().tickd_version ?? "unknown", node: process.versions.node })
  )
  metric("md_waiting", (add) => {
    for (const { part, code } of status().waiting ?? []) add(1, { part, code })
  })
  metric("md_integrity_dropped_total", (add) => add(status().integrity?.dropped ?? 0, {}))
  metric("md_integrity_omitted_total", (add) => add(status().integrity?.omitted ?? 0, {}))
  metric("md_integrity_waiting", (add) => add(status().integrity?.waiting ?? 0, {}))
  metric("md_log_lines_dropped_total", (add) => add(options.logDropped?.() ?? 0, {}))
  metric("md_telemetry_readers_cut_total", (add) => {
    for (const reason of readerCuts) add(options.readersCut?.[reason] ?? 0, { reason })
  })
  metric("md_trace_spans_dropped_total", (add) => add(options.spansDropped?.() ?? 0, {}))
  metric("md_tick_queue_depth", (add) => add(status().queue.depth, {}))
  metric("md_tick_queue_capacity", (add) => add(status().queue.capacity, {}))
  metric("md_tick_queue_policy", (add) => add(1, { policy: status().queue.policy ?? "drop-newest" }))
  metric("md_tick_queue_oldest_seconds", (add) => add(status().queue.oldest_ms / 1000, {}))
  metric("md_throughput_mps", (add) => {
    const { sessions, ticks_per_second } = status()
    const active = activeSession(sessions)
    if (active !== undefined) add(ticks_per_second, { feed: active.feed, account: active.account })
  })
  metric("md_child_restarts_total", (add) => {
    for (const child of status().tree) add(child.restarts, { child: child.path })
  })
  metric("md_event_loop_stall_seconds", (add) => add((status().event_loop?.recent_ms ?? 0) / 1000, {}))
  metric("md_session_state", (add) => {
    for (const { feed, account, state } of status().sessions) add(1, { feed, account, state })
  })
  addLedgerMetrics(metric, status, bounds, options.gaps ?? [])
  subscriptionMetrics(metric, status, bounds)
  metric("md_feed_front_info", async (add) => {
    for (const { feed, front } of (await options.fronts?.()) ?? []) add(1, { feed, front })
  })
  if (options.products !== undefined) productMetrics(metric, status, options.products)
  if (options.contracts !== undefined) {
    const { contracts } = options
    metric("md_contracts", (add) => {
      for (const count of contracts()) add(count.contracts, { exchange: count.exchange, kind: count.kind })
    })
  }
  const { isTrading } = options
  if (isTrading !== undefined) metric("md_trading", (add) => add(isTrading() ? 1 : 0, {}))
  metric("md_section_open_timestamp_seconds", (add) => {
    for (const [at, { openMs }] of (options.sections?.() ?? []).entries()) add(openMs / 1000, { section: String(at) })
  })
  metric("md_section_close_timestamp_seconds", (add) => {
    for (const [at, { closeMs }] of (options.sections?.() ?? []).entries()) add(closeMs / 1000, { section: String(at) })
  })
  metric("md_ready", (add) => add(status().ready ? 1 : 0, {}))
  metric("md_broker_link_up", (add) => add(status().broker.link === "up" ? 1 : 0, {}))
  metric("md_broker_oldest_unacked_seconds", (add) => add(status().broker.oldest_unacked_ms / 1000, {}))
  metric("md_publisher_epoch", (add) => add(status().broker.epoch ?? 0, {}))
  metric("md_publisher_fenced", (add) => add(status().broker.link === "fenced" ? 1 : 0, {}))
  metric("md_broker_resent_total", (add) => add(status().broker.resent, {}))
  metric("md_broker_errors_total", (add) => add(status().broker.errors, {}))
  metric("md_broker_reconnects_total", (add) => add(status().broker.reconnects, {}))
  metric("md_broker_foreign_writes_total", (add) => add(status().broker.foreign_writes, {}))
  metric("md_spool_unused_ticks", (add) => add(status().spool_unused?.ticks ?? 0, {}))
  addFailoverMetrics(metric, () => status().failover, bounds)
  addSpoolMetrics(metric, () => status().spool)
  addFaultMetrics(metric, status)
  addOutsideMetrics(metric, options.outside ?? {})
  if (options.consumers !== undefined) {
    const { consumers } = options
    const each = (read: (of: ConsumerBacklog) => number) => async (add: Add) => {
      const backlogs = await consumers.read()
      const { account = "", feed = "" } = activeSession(status().sessions) ?? {}
      for (const backlog of backlogs) add(read(backlog), { consumer: backlog.consumer, feed, account })
    }
    metric(
      "consumer_backlog_messages",
      each(({ messages }) => messages)
    )
    metric(
      "consumer_redelivered_messages",
      each(({ redelivered }) => redelivered)
    )
  }
  const { latency, monotonicMs = systemMonotonicMs } = options
  const p99Ms = recentQuantile({ histogram: latency, share: 0.99, windowMs: latencyWindowMs, monotonicMs })
  metric("md_latency_ms_p99", (add) => {
    const value = p99Ms()
    const active = activeSession(status().sessions)
    if (value !== undefined && active !== undefined) add(value, { feed: active.feed })
  })
  addLatencyMetrics(registry, { latency, line: options.line, feeds: () => status().sessions.map(({ feed }) => feed) })
  return {
    read: async () => {
      scraped = options.status()
      return { contentType: registry.contentType, text: await renderPage(registry) }
    }
  }
}

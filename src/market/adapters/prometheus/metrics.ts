import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client"
import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import type { ConsumerBacklogs } from "../../../protocol/market/consumer-backlogs.ts"
import type { SpoolMessage, StatusMessage } from "../../../protocol/market/status.ts"
import { addFailoverMetrics } from "./failover-metrics.ts"
import { addLedgerMetrics } from "./ledger-metrics.ts"
import { type Add, activeSession, type Bounds } from "./metric-parts.ts"
import { makeReadHistogram } from "./prom-client-internals.ts"
import { addSpoolMetrics } from "./spool-metrics.ts"
import { subscriptionMetrics } from "./subscription-metrics.ts"

/** Bounds of the latency histogram, seconds, around the targets of `docs/reference/benchmarks.md`. */
const latencyBoundsS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.012, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/**
 * All metrics of the daemon. Nothing here runs on the tick path: values are read from the status at each scrape. The
 * caller masks `account`.
 */
export const makeMetrics = (options: {
  readonly status: () => StatusMessage
  readonly latency: LatencyHistogram
  readonly consumers?: ConsumerBacklogs
  /** Gaps of each feed by cause, each counted when it is first reported. Omit to disable. */
  readonly gaps?: ReadonlyArray<{ readonly feed: string; readonly reportedBy: ReadonlyMap<string, number> }>
  /** Contracts of the catalogue that have not expired; undefined: none is kept. */
  readonly contracts?:
    | (() => ReadonlyArray<{ readonly exchange: string; readonly kind: string; readonly contracts: number }>)
    | undefined
  readonly bounds: Bounds
  /** Number of log lines that could not be written. */
  readonly logDropped?: (() => number) | undefined
}) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // Their names end like a counter's, and the metric of the same name without `_total` has the sum by type.
  for (const kind of ["handles", "requests", "resources"]) registry.removeSingleMetric(`nodejs_active_${kind}_total`)
  const counter = (name: string, help: string, labelNames: ReadonlyArray<string>, read: (add: Add) => void) =>
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        read((value, labels) => this.inc(labels, value))
      }
    })
  const gauge = (name: string, help: string, labelNames: ReadonlyArray<string>, read: (add: Add) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        read((value, labels) => this.set(labels, value))
      }
    })
  const { status, bounds } = options

  gauge("tickd_build_info", "Always 1; the labels name the version of tickd and of Node", ["version", "node"], (add) =>
    add(1, { version: status().tickd_version ?? "unknown", node: process.versions.node })
  )
  gauge("md_waiting", "1 for each part of the daemon that has failed and is being retried", ["part", "code"], (add) => {
    for (const { part, code } of status().waiting ?? []) add(1, { part, code })
  })
  counter(
    "md_integrity_dropped_total",
    "Quarantined ticks, gaps and certificates dropped because the outbox was full",
    [],
    (add) => add(status().integrity?.dropped ?? 0, {})
  )
  counter(
    "md_integrity_omitted_total",
    "Quarantined ticks counted without a message, because their reason had too many",
    [],
    (add) => add(status().integrity?.omitted ?? 0, {})
  )
  gauge("md_integrity_waiting", "Quarantined ticks, gaps and certificates that wait for the broker", [], (add) =>
    add(status().integrity?.waiting ?? 0, {})
  )
  counter(
    "md_log_lines_dropped_total",
    "Lines of the log that were dropped: stdout is full, closed or slow",
    [],
    (add) => add(options.logDropped?.() ?? 0, {})
  )
  gauge("md_tick_queue_depth", "Ticks waiting in the queue", [], (add) => add(status().queue.depth, {}))
  gauge("md_tick_queue_capacity", "Capacity of the queue, ticks", [], (add) => add(status().queue.capacity, {}))
  gauge("md_tick_queue_policy", "1 for the configured policy of a full queue", ["policy"], (add) =>
    add(1, { policy: status().queue.policy ?? "drop-newest" })
  )
  gauge("md_tick_queue_oldest_seconds", "Age of the oldest tick in the queue", [], (add) =>
    add(status().queue.oldest_ms / 1000, {})
  )
  gauge(
    "md_throughput_mps",
    "Ticks stored a second, over the time since the last reading; the labels name the active feed",
    ["feed", "account"],
    (add) => {
      const { sessions, ticks_per_second } = status()
      const active = activeSession(sessions)
      if (active !== undefined) add(ticks_per_second, { feed: active.feed, account: active.account })
    }
  )
  counter("md_child_restarts_total", "Restarts of children by the supervisor", ["child"], (add) => {
    for (const child of status().tree) add(child.restarts, { child: child.path })
  })
  gauge("md_event_loop_stall_seconds", "Longest stall of the event loop within the last minute", [], (add) =>
    add((status().event_loop?.recent_ms ?? 0) / 1000, {})
  )
  gauge("md_session_state", "1 for the session's current state", ["feed", "account", "state"], (add) => {
    for (const { feed, account, state } of status().sessions) add(1, { feed, account, state })
  })
  addLedgerMetrics(gauge, counter, status, bounds, options.gaps ?? [])
  subscriptionMetrics(gauge, counter, status, bounds)
  if (options.contracts !== undefined) {
    const { contracts } = options
    gauge("md_contracts", "Contracts of the catalogue that have not expired", ["exchange", "kind"], (add) => {
      for (const count of contracts()) add(count.contracts, { exchange: count.exchange, kind: count.kind })
    })
  }
  gauge("md_ready", "1 while streaming and publishing", [], (add) => add(status().ready ? 1 : 0, {}))
  gauge("md_broker_link_up", "1 while the link to the broker is up", [], (add) =>
    add(status().broker.link === "up" ? 1 : 0, {})
  )
  gauge("md_broker_oldest_unacked_seconds", "Age of the oldest tick without an acknowledgement", [], (add) =>
    add(status().broker.oldest_unacked_ms / 1000, {})
  )
  gauge("md_publisher_epoch", "Epoch of this daemon as the writer of its stream; 0 before the first", [], (add) =>
    add(status().broker.epoch ?? 0, {})
  )
  gauge(
    "md_publisher_fenced",
    "1 after another writer has taken over the stream: this daemon publishes nothing",
    [],
    (add) => add(status().broker.link === "fenced" ? 1 : 0, {})
  )
  counter("md_broker_resent_total", "Ticks sent again after a fault of the broker", [], (add) =>
    add(status().broker.resent, {})
  )
  counter("md_broker_errors_total", "Negative answers of the broker", [], (add) => add(status().broker.errors, {}))
  counter("md_broker_reconnects_total", "New connections to the broker after the first", [], (add) =>
    add(status().broker.reconnects, {})
  )
  counter("md_broker_foreign_writes_total", "Messages in the stream that this daemon did not write", [], (add) =>
    add(status().broker.foreign_writes, {})
  )
  gauge("md_spool_unused_ticks", "Unsent ticks that a previous run left in a spool that is now disabled", [], (add) =>
    add(status().spool_unused?.ticks ?? 0, {})
  )
  addFailoverMetrics(gauge, counter, () => status().failover, bounds)
  const ofSpool = (read: (spool: SpoolMessage) => number) => (add: Add) => {
    const { spool } = status()
    if (spool !== undefined) add(read(spool), {})
  }
  addSpoolMetrics(
    (name, help, read) => gauge(name, help, [], ofSpool(read)),
    (name, help, read) => counter(name, help, [], ofSpool(read))
  )
  if (options.consumers !== undefined) {
    const { consumers } = options
    registry.registerMetric(
      new Gauge({
        name: "consumer_backlog_messages",
        help: "Messages not yet delivered to a durable consumer of the tick stream",
        labelNames: ["consumer", "feed", "account"],
        registers: [],
        async collect() {
          const backlogs = await consumers.read()
          this.reset()
          const { failover, sessions } = status()
          const feed = failover?.active ?? sessions[0]?.feed ?? ""
          const account = sessions.find((session) => session.feed === feed)?.account ?? ""
          for (const { consumer, messages } of backlogs) this.set({ consumer, feed, account }, messages)
        }
      })
    )
  }
  const { latency } = options
  registry.registerMetric(
    makeReadHistogram({
      name: "md_callback_to_ack_seconds",
      help: "Time from the vendor's callback to the stream's acknowledgement",
      bounds: latencyBoundsS,
      read: {
        countUpTo: (boundS) => latency.countUpTo(boundS * 1000),
        count: () => latency.samples,
        sum: () => latency.sumMs / 1000
      }
    }) as never
  )
  return {
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() })
  }
}

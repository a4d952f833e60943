import type { FailoverMessage } from "../../../protocol/market/failover.ts"
import type { Add, AddMetric, Bounds } from "./metric-parts.ts"

/**
 * Metrics of the two feeds. A latency is 0 before the first switch; without a second feed the metrics without labels
 * stay 0.
 */
export const addFailoverMetrics = (
  metric: AddMetric,
  failover: () => FailoverMessage | undefined,
  { switches: bounds }: Bounds
): void => {
  const of =
    (read: (message: FailoverMessage, add: Add) => void) =>
    (add: Add): void => {
      const message = failover()
      if (message !== undefined) read(message, add)
    }
  metric(
    "md_failover_latency_seconds",
    of(({ last_failover: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms / 1000, {})
    })
  )
  metric(
    "md_failback_latency_seconds",
    of(({ last_failback: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms / 1000, {})
    })
  )
  for (const kind of ["failover", "failback"] as const)
    metric(
      `md_${kind}_latency_ms`,
      of((message, add) => {
        const last = message[`last_${kind}`]
        if (last !== null && last.latency_ms !== null) add(last.latency_ms, {})
      })
    )
  metric(
    "feed_failover_required",
    of(({ required }, add) => add(required ? 1 : 0, {}))
  )
  metric(
    "md_feed_active",
    of(({ active, feeds }, add) => {
      for (const feed of feeds) add(feed === active ? 1 : 0, { feed })
    })
  )
  metric(
    "md_feed_proven_timestamp_seconds",
    of(({ last_failback, last_failover }, add) => {
      // Without a latency no tick has arrived, as after a forced switch to a dead feed.
      for (const last of [last_failover, last_failback])
        if (last !== null && last.latency_ms !== null && last.committed_at !== null)
          add(Date.parse(last.committed_at) / 1000, { feed: last.to })
    })
  )
  metric(
    "md_failover_held",
    of(({ held }, add) => add(held ? 1 : 0, {}))
  )
  metric(
    "md_feed_switches_total",
    of(({ switches }, add) => {
      const counts = new Map(switches.map((each) => [`${each.kind} ${each.cause} ${each.result}`, each.count]))
      for (const kind of bounds.kinds)
        for (const cause of bounds.causes)
          for (const result of bounds.results)
            add(counts.get(`${kind} ${cause} ${result}`) ?? 0, { kind, cause, result })
    })
  )
}

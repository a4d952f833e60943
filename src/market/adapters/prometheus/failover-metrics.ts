import type { FailoverMessage } from "../../../protocol/market/failover.ts"
import type { AddMetric, Bounds } from "./metric-parts.ts"

type Read = Parameters<AddMetric>[3]

/**
 * Metrics of the two feeds. A latency is 0 before the first switch; without a second feed the metrics without labels
 * stay 0.
 */
export const addFailoverMetrics = (
  gauge: AddMetric,
  counter: AddMetric,
  failover: () => FailoverMessage | undefined,
  { switches: bounds }: Bounds
): void => {
  const of =
    (read: (message: FailoverMessage, add: Parameters<Read>[0]) => void): Read =>
    (add) => {
      const message = failover()
      if (message !== undefined) read(message, add)
    }
  gauge(
    "md_failover_latency_seconds",
    "Time from the newest failover command to the first valid tick of its feed",
    [],
    of(({ last_failover: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms / 1000, {})
    })
  )
  gauge(
    "md_failback_latency_seconds",
    "Time from the newest failback command to the first valid tick of its feed",
    [],
    of(({ last_failback: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms / 1000, {})
    })
  )
  for (const kind of ["failover", "failback"] as const)
    gauge(
      `md_${kind}_latency_ms`,
      `Time from the newest ${kind} command to the first valid tick of its feed, milliseconds, under the runbook's name`,
      [],
      of((message, add) => {
        const last = message[`last_${kind}`]
        if (last !== null && last.latency_ms !== null) add(last.latency_ms, {})
      })
    )
  gauge(
    "feed_failover_required",
    "1 while the active feed delivers no ticks in trading hours and no switch is running",
    [],
    of(({ required }, add) => add(required ? 1 : 0, {}))
  )
  gauge(
    "md_feed_active",
    "1 for the active feed",
    ["feed"],
    of(({ active, feeds }, add) => {
      for (const feed of feeds) add(feed === active ? 1 : 0, { feed })
    })
  )
  gauge(
    "md_failover_held",
    "1 while a hold forbids automatic switches",
    [],
    of(({ held }, add) => add(held ? 1 : 0, {}))
  )
  counter(
    "md_feed_switches_total",
    "Finished switches of the active feed, by kind, cause and result",
    ["kind", "cause", "result"],
    of(({ switches }, add) => {
      const counts = new Map(switches.map((each) => [`${each.kind} ${each.cause} ${each.result}`, each.count]))
      for (const kind of bounds.kinds)
        for (const cause of bounds.causes)
          for (const result of bounds.results)
            add(counts.get(`${kind} ${cause} ${result}`) ?? 0, { kind, cause, result })
    })
  )
}

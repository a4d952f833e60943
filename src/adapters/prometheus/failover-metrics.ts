import type { FailoverMessage } from "../../protocol/failover.ts"

type Read = (add: (value: number, labels: Record<string, string>) => void) => void
type Metric = (name: string, help: string, labelNames: ReadonlyArray<string>, read: Read) => void

/** Metrics of the two feeds. A latency is 0 before the first switch; without a second feed those without labels stay 0. */
export const addFailoverMetrics = (
  gauge: Metric,
  counter: Metric,
  failover: () => FailoverMessage | undefined
): void => {
  const of =
    (read: (message: FailoverMessage, add: Parameters<Read>[0]) => void): Read =>
    (add) => {
      const message = failover()
      if (message !== undefined) read(message, add)
    }
  gauge(
    "md_failover_latency_ms",
    "From the order of the newest failover to the first valid tick of its feed",
    [],
    of(({ last_failover: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms, {})
    })
  )
  gauge(
    "md_failback_latency_ms",
    "From the order of the newest failback to the first valid tick of its feed",
    [],
    of(({ last_failback: last }, add) => {
      if (last !== null && last.latency_ms !== null) add(last.latency_ms, {})
    })
  )
  gauge(
    "feed_failover_required",
    "1 while the active feed serves no ticks in trading hours and no switch is under way",
    [],
    of(({ required }, add) => add(required ? 1 : 0, {}))
  )
  gauge(
    "md_feed_active",
    "1 for the feed that is the active one",
    ["feed"],
    of(({ active, feeds }, add) => {
      for (const feed of feeds) add(feed === active ? 1 : 0, { feed })
    })
  )
  gauge(
    "md_failover_held",
    "1 while a hold forbids switches by themselves",
    [],
    of(({ held }, add) => add(held ? 1 : 0, {}))
  )
  counter(
    "md_feed_switches_total",
    "Switches of the active feed that ended, by kind, cause and result",
    ["kind", "cause", "result"],
    of(({ switches }, add) => {
      for (const { kind, cause, result, count } of switches) add(count, { kind, cause, result })
    })
  )
}

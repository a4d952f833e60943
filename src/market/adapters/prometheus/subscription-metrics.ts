import type { StatusMessage } from "../../../protocol/market/status.ts"
import { type Add, type AddMetric, type Bounds, withZeros } from "./metric-parts.ts"

/**
 * Metrics of what is subscribed and what is silent. A session without any wish counts as covered. The label `role`
 * follows the active feed, and a feed without a login is in none of the gauges. Counters have neither: a series that
 * changes its labels or is away for a while loses what it counted.
 */
export const subscriptionMetrics = (
  gauge: AddMetric,
  counter: AddMetric,
  status: () => StatusMessage,
  bounds: Bounds
): void => {
  const labels = ["feed", "account", "role"]
  const sessions = () =>
    status().sessions.flatMap(({ role = "active", ...session }) => (role === "off" ? [] : [{ role, ...session }]))
  const each = (read: (of: StatusMessage["sessions"][number]["subscriptions"]) => number) => (add: Add) => {
    for (const { feed, account, role, subscriptions } of sessions()) add(read(subscriptions), { feed, account, role })
  }
  gauge(
    "md_active_subscriptions",
    "Instruments acknowledged by the front",
    labels,
    each(({ acknowledged }) => acknowledged)
  )
  gauge(
    "md_subscription_coverage_ratio",
    "Share of the wanted instruments that the front acknowledged in this session, 0 to 1",
    labels,
    each(({ wanted, acknowledged }) => (wanted === 0 ? 1 : acknowledged / wanted))
  )
  gauge(
    "md_subscription_missing",
    "Wanted instruments without an acknowledgement, rejected ones included",
    labels,
    each(({ wanted, acknowledged }) => wanted - acknowledged)
  )
  gauge(
    "md_subscription_stalled",
    "Acknowledged instruments that should tick and do not",
    labels,
    each(({ stalled }) => stalled ?? 0)
  )
  gauge(
    "md_feed_silent_seconds",
    "Time that a whole feed has been silent beyond its normal rhythm; 0 if it is not",
    labels,
    each(({ silent_ms }) => (silent_ms ?? 0) / 1000)
  )
  gauge(
    "md_feed_late_seconds",
    "Delay of a feed's ticks behind the exchange; 0 if in time",
    labels,
    each(({ late_ms }) => (late_ms ?? 0) / 1000)
  )
  gauge(
    "md_redundancy_lost",
    "1 while fewer feeds than configured work, so that the next loss is an outage",
    [],
    (add) => {
      const { feeds } = status()
      add(feeds !== undefined && feeds.meant > 1 && feeds.sound < feeds.meant ? 1 : 0, {})
    }
  )
  counter(
    "md_repair_escalations_total",
    "Repairs of silent instruments that had no effect and were escalated",
    ["feed", "account"],
    (add) => {
      for (const { feed, account, subscriptions } of status().sessions)
        add(subscriptions.escalations ?? 0, { feed, account })
    }
  )
  counter(
    "md_rate_limit_hits_total",
    "Requests held back by a rate limit, by limit",
    ["feed", "account", "limit"],
    (add) => {
      for (const { feed, account, subscriptions } of status().sessions)
        for (const [limit, count] of withZeros(bounds.limits, subscriptions.rate_limit_hits ?? {}))
          add(count, { feed, account, limit })
    }
  )
}

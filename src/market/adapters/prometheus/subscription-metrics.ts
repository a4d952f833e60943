import type { StatusMessage } from "../../../protocol/market/status.ts"
import { type Add, type AddMetric, type Bounds, withZeros } from "./metric-parts.ts"

/** The sessions that have a login, with their role. */
const loggedIn = (status: () => StatusMessage) =>
  status().sessions.flatMap(({ role = "active", ...session }) => (role === "off" ? [] : [{ role, ...session }]))

/** Instruments of a feed by product: all wanted ones, and those that are not acknowledged or wrongly silent. */
export type ReadProducts = (
  feed: string
) => ReadonlyArray<{ readonly product: string; readonly wanted: number; readonly gap: number }>

/** Metrics of what is subscribed by product, of each feed with a login. */
export const productMetrics = (metric: AddMetric, status: () => StatusMessage, products: ReadProducts): void => {
  metric("md_product_wanted", (add) => {
    for (const { feed } of loggedIn(status))
      for (const { product, wanted } of products(feed)) add(wanted, { feed, product })
  })
  metric("md_product_gap", (add) => {
    for (const { feed } of loggedIn(status)) for (const { gap, product } of products(feed)) add(gap, { feed, product })
  })
}

/**
 * Metrics of what is subscribed and what is silent. A session without any wish counts as covered. The label `role`
 * follows the active feed, and a feed without a login is in none of the gauges. Counters have neither: a series that
 * changes its labels or is away for a while loses what it counted.
 */
export const subscriptionMetrics = (metric: AddMetric, status: () => StatusMessage, bounds: Bounds): void => {
  const each = (read: (of: StatusMessage["sessions"][number]["subscriptions"]) => number) => (add: Add) => {
    for (const { feed, account, role, subscriptions } of loggedIn(status))
      add(read(subscriptions), { feed, account, role })
  }
  metric(
    "md_active_subscriptions",
    each(({ acknowledged }) => acknowledged)
  )
  metric(
    "md_subscription_coverage_ratio",
    each(({ wanted, acknowledged }) => (wanted === 0 ? 1 : acknowledged / wanted))
  )
  metric(
    "md_subscription_missing",
    each(({ wanted, acknowledged }) => wanted - acknowledged)
  )
  metric(
    "md_subscription_stalled",
    each(({ stalled }) => stalled ?? 0)
  )
  metric(
    "md_subscription_stalled_main",
    each(({ stalled_main }) => stalled_main ?? 0)
  )
  metric(
    "md_feed_silent_seconds",
    each(({ silent_ms }) => (silent_ms ?? 0) / 1000)
  )
  metric(
    "md_feed_late_seconds",
    each(({ late_ms }) => (late_ms ?? 0) / 1000)
  )
  metric("md_redundancy_lost", (add) => {
    const { feeds } = status()
    add(feeds !== undefined && feeds.meant > 1 && feeds.sound < feeds.meant ? 1 : 0, {})
  })
  metric("md_repair_escalations_total", (add) => {
    for (const { feed, account, subscriptions } of status().sessions)
      add(subscriptions.escalations ?? 0, { feed, account })
  })
  metric("md_rate_limit_hits_total", (add) => {
    for (const { feed, account, subscriptions } of status().sessions)
      for (const [limit, count] of withZeros(bounds.limits, subscriptions.rate_limit_hits ?? {}))
        add(count, { feed, account, limit })
  })
}

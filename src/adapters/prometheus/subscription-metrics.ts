import type { StatusMessage } from "../../protocol/status.ts"

type Add = (value: number, labels: Record<string, string>) => void
type Make = (name: string, help: string, labels: ReadonlyArray<string>, read: (add: Add) => void) => unknown

/**
 * Metrics of what is subscribed and what is silent. A session without any wish counts as covered. The label `role` follows
 * the active feed; a feed without a login is in none of them.
 */
export const subscriptionMetrics = (gauge: Make, counter: Make, status: () => StatusMessage): void => {
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
    "md_subscription_missing_total",
    "Wanted instruments without an acknowledgement, rejected ones included",
    labels,
    each(({ wanted, acknowledged }) => wanted - acknowledged)
  )
  gauge(
    "md_subscription_stalled_total",
    "Acknowledged instruments that should tick and do not",
    labels,
    each(({ stalled }) => stalled ?? 0)
  )
  gauge(
    "md_feed_silent_seconds",
    "How long a whole feed has been silent against its rhythm, 0 while it is not",
    labels,
    each(({ silent_ms }) => (silent_ms ?? 0) / 1000)
  )
  counter(
    "md_repair_escalations_total",
    "Repairs of silent instruments that helped nothing and were told",
    labels,
    each(({ escalations }) => escalations ?? 0)
  )
  counter("md_rate_limit_hits_total", "Requests that a limit held back, by limit", [...labels, "limit"], (add) => {
    for (const { feed, account, role, subscriptions } of sessions())
      for (const [limit, count] of Object.entries(subscriptions.rate_limit_hits ?? {}))
        add(count, { feed, account, role, limit })
  })
}

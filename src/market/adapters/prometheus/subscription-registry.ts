import { Counter, Registry } from "prom-client"
import { windowAt } from "../../../kernel/time/session-window.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { declaredMetrics, optionsOf } from "./declared-metrics.ts"
import { activeSession } from "./metric-parts.ts"
import { subscriptionPortMetrics } from "./table/subscription-port-table.ts"

/** Both have a series from the start. A hit outside both windows belongs to the one that comes next. */
const windows = ["day", "night"] as const

const windowOf = (epochMs: number): (typeof windows)[number] => {
  const window = windowAt(epochMs)
  if (window !== "none") return window
  // Before 08:00 the day session is next, after 16:00 the night session.
  return windowAt(epochMs + 5 * 3_600_000) === "day" ? "day" : "night"
}

/**
 * The subscription metrics of the reference service, under its names and labels. The gauges are those of the active
 * feed. A counter never changes its labels, so it counts each feed in both windows; a hit belongs to the window of the
 * reading that follows it.
 */
export const makeSubscriptionMetrics = ({
  nowMs,
  status
}: {
  readonly status: () => StatusMessage
  readonly nowMs: () => number
}) => {
  const registry = new Registry()
  const metric = declaredMetrics(registry, subscriptionPortMetrics)
  const gauge = (
    name: keyof typeof subscriptionPortMetrics,
    read: (subscriptions: StatusMessage["sessions"][number]["subscriptions"]) => number
  ) =>
    metric(name, (add) => {
      const active = activeSession(status().sessions)
      if (active === undefined) return
      const { account, feed, subscriptions } = active
      add(read(subscriptions), { feed, account, session_window: windowOf(nowMs()) })
    })
  gauge("md_subscription_coverage_ratio", ({ acknowledged, wanted }) => (wanted === 0 ? 1 : acknowledged / wanted))
  gauge("md_subscription_missing", ({ acknowledged, wanted }) => wanted - acknowledged)
  gauge("md_subscription_stalled", ({ stalled }) => stalled ?? 0)
  const read = new Map<string, number>()
  const hits = new Counter({
    ...optionsOf(subscriptionPortMetrics, "md_rate_limit_hits_total"),
    registers: [registry],
    collect() {
      for (const { account, feed, subscriptions } of status().sessions) {
        const total = Object.values(subscriptions.rate_limit_hits ?? {}).reduce((sum, count) => sum + count, 0)
        const more = Math.max(0, total - (read.get(feed) ?? 0))
        read.set(feed, total)
        for (const session_window of windows)
          hits.inc({ feed, account, session_window }, session_window === windowOf(nowMs()) ? more : 0)
      }
    }
  })
  return { read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }) }
}

import { metricTable } from "../../../../kernel/metric.ts"
import { account, feed, sessionWindow } from "./labels.ts"

const labels = { feed, account, session_window: sessionWindow }

/** Port 9101: the subscription metrics of the reference service, under its names and labels. */
export const subscriptionPortMetrics = metricTable({
  md_subscription_coverage_ratio: {
    type: "gauge",
    unit: "0 to 1",
    labels,
    en: "Share of the wanted instruments that the front acknowledged in this session, 0 to 1",
    zh: "本次会话中前置已确认的合约占想要合约的比例，0 到 1"
  },
  md_subscription_missing: {
    type: "gauge",
    unit: "instruments",
    labels,
    en: "Wanted instruments without an acknowledgement, rejected ones included",
    zh: "未得到确认的合约数，含被拒绝的"
  },
  md_subscription_stalled: {
    type: "gauge",
    unit: "instruments",
    labels,
    en: "Acknowledged instruments that should tick and do not",
    zh: "应有行情而没有的已确认合约数"
  },
  md_rate_limit_hits_total: {
    type: "counter",
    unit: "requests",
    labels,
    en: "Requests held back by a rate limit",
    zh: "被限流的请求数"
  }
})

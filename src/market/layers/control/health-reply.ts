import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { HealthReply } from "../../../protocol/market/subscriptions.ts"

const breakerOf = (link: string): HealthReply["circuit_breaker_state"] =>
  link === "up" ? "closed" : link === "connecting" ? "half_open" : "open"

/**
 * The status with the field names of the reference service's `health.check`. Healthy: sessions stream and the broker
 * stores. There is no circuit breaker here; the state of the broker's link stands for it.
 */
export const healthReply = (status: StatusMessage, nowMs: number, lastMs: number | undefined): HealthReply => ({
  service: "market-data-service",
  status: status.ready ? "healthy" : "unhealthy",
  reasons: status.reasons,
  timestamp: shanghaiIso(nowMs),
  stats: {
    connect_attempts: status.broker.reconnects + 1,
    successful_publishes: status.ledger.reduce((sum, { published }) => sum + published, 0),
    failed_publishes: status.broker.errors,
    last_health_check: lastMs === undefined ? null : shanghaiIso(lastMs)
  },
  circuit_breaker_state: breakerOf(status.broker.link),
  instance: status.instance
})

import type { Notification } from "../../src/ops/domain/notify/notification.ts"

/** A health check that found errors, on 2026-11-30 at 09:30 in Shanghai. */
export const notificationOf = (given: Partial<Notification> = {}): Notification => ({
  id: "6f1f2c9e-0000-4000-8000-000000000001",
  level: "critical",
  tag: "subscription_health_escalation",
  code: 2,
  atMs: Date.parse("2026-11-30T01:30:00Z"),
  host: "md-1",
  instance: "md-live",
  session: "day",
  profile: "live",
  message: "2 contracts <missing> & silent",
  runbook: "https://wiki.example/runbook#6",
  ...given
})

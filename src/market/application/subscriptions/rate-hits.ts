/**
 * Limits that hold requests back. Ours: `login_per_minute`, `subscribe_per_second` (a batch waited),
 * `subscribe_request` and `unsubscribe_request` (clients' requests). The front's: `flow_control` (-2, -3),
 * `front_instruments` (error 6000), `subscribe_timeout` (a batch without answer), `session_cut` (the link broke while
 * requests were open).
 */
export const rateLimits = [
  "login_per_minute",
  "subscribe_per_second",
  "subscribe_request",
  "unsubscribe_request",
  "flow_control",
  "front_instruments",
  "subscribe_timeout",
  "session_cut"
] as const
export type RateLimit = (typeof rateLimits)[number]

/** Hits of each limit, for the metric `md_rate_limit_hits_total`. */
export class RateHits {
  private readonly counts: Record<RateLimit, number> = Object.fromEntries(rateLimits.map((name) => [name, 0])) as never

  note(limit: RateLimit): void {
    this.counts[limit]++
  }

  read(): Readonly<Record<RateLimit, number>> {
    return this.counts
  }
}

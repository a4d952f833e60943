import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { RateHits, RateLimit } from "./rate-hits.ts"

/**
 * Rate limit of clients' requests to the daemon: each named instrument counts, subscriptions and unsubscriptions
 * separately. For the control plane; the daemon's own requests are paced, not refused.
 */
export class RequestLimit {
  private readonly most: number
  private readonly hits: RateHits
  private readonly windows: Readonly<Record<"subscribe" | "unsubscribe", RateWindow>>

  constructor(options: { readonly windowMs: number; readonly most: number; readonly hits: RateHits }) {
    this.most = options.most
    this.hits = options.hits
    this.windows = {
      subscribe: new RateWindow(options.windowMs),
      unsubscribe: new RateWindow(options.windowMs)
    }
  }

  /** True when a request with `count` instruments is allowed. A refusal is counted and uses nothing of the limit. */
  admits(what: "subscribe" | "unsubscribe", count: number, nowMs: number): boolean {
    if (this.windows[what].admit(nowMs, count, this.most)) return true
    const limit: RateLimit = `${what}_request`
    this.hits.note(limit)
    return false
  }

  /** Milliseconds until part of the limit is free again. */
  retryAfterMs(what: "subscribe" | "unsubscribe", nowMs: number): number {
    return this.windows[what].waitMs(nowMs)
  }
}

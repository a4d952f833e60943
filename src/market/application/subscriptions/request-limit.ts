import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { RateHits, RateLimit } from "./rate-hits.ts"

/**
 * What clients may ask of the daemon: each named instrument counts, those that leave apart from those that come. For
 * the control plane; what the daemon asks of its own accord is paced, not refused.
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

  /** True when a request that names `count` instruments may be carried out; a refusal is counted and uses nothing up. */
  admits(what: "subscribe" | "unsubscribe", count: number, nowMs: number): boolean {
    if (this.windows[what].admit(nowMs, count, this.most)) return true
    const limit: RateLimit = `${what}_request`
    this.hits.note(limit)
    return false
  }

  /** After how many milliseconds some of it is free again. */
  retryAfterMs(what: "subscribe" | "unsubscribe", nowMs: number): number {
    return this.windows[what].waitMs(nowMs)
  }
}

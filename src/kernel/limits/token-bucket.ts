/** Allows `perSecond` events on average and `burst` at once. Times are milliseconds of any monotonic clock. */
export class TokenBucket {
  private readonly perMs: number
  private readonly burst: number
  private tokens: number
  private lastMs: number

  constructor(options: { readonly perSecond: number; readonly burst: number; readonly nowMs: number }) {
    this.perMs = options.perSecond / 1000
    this.burst = options.burst
    this.tokens = options.burst
    this.lastMs = options.nowMs
  }

  /** True: one more event is allowed now, and is counted. */
  take(nowMs: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + Math.max(0, nowMs - this.lastMs) * this.perMs)
    this.lastMs = Math.max(this.lastMs, nowMs)
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }
}

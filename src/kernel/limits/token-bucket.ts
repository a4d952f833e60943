/** Allows so many things a second on average and `burst` at once. Times are milliseconds of any clock that does not go back. */
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

  /** True: one more is allowed now, and is taken. */
  take(nowMs: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + Math.max(0, nowMs - this.lastMs) * this.perMs)
    this.lastMs = Math.max(this.lastMs, nowMs)
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }
}

/**
 * The limiter for bursts: allows `burst` events at once, and then so many on average. `RateWindow` is the other
 * limiter: it bounds the number within any window. Times are milliseconds of any monotonic clock.
 */
export class TokenBucket {
  private readonly regainMs: number
  private readonly burstMs: number
  /** When the bucket is full again. The number of tokens follows from it, so no fractions are summed. */
  private fullMs: number

  /** `regainMs`: time in which one event is regained. `perSecond`: the same as a rate. */
  constructor(
    options: { readonly burst: number; readonly nowMs: number } & (
      | { readonly regainMs: number }
      | { readonly perSecond: number }
    )
  ) {
    this.regainMs = "regainMs" in options ? options.regainMs : 1000 / options.perSecond
    this.burstMs = options.burst * this.regainMs
    this.fullMs = options.nowMs
  }

  /** True: one more event is allowed now, and is counted. */
  take(nowMs: number): boolean {
    const fullMs = Math.max(this.fullMs, nowMs) + this.regainMs
    if (fullMs - nowMs > this.burstMs) return false
    this.fullMs = fullMs
    return true
  }

  /** Uses up everything: the next event is allowed when one has been regained. */
  empty(nowMs: number): void {
    this.fullMs = nowMs + this.burstMs
  }

  isFull(nowMs: number): boolean {
    return this.fullMs <= nowMs
  }
}

/**
 * Counts events within the last `windowMs`: an exact sliding window, not a bucket that allows twice the limit at its
 * border. Memory: one entry for each `add` within the window.
 */
export class RateWindow {
  readonly windowMs: number
  private readonly atMs: Array<number> = []
  private readonly counts: Array<number> = []
  private used = 0

  constructor(windowMs: number) {
    this.windowMs = windowMs
  }

  /** Number of events within the window that ends now. */
  usedAt(nowMs: number): number {
    this.redate(nowMs)
    while (this.atMs.length > 0 && (this.atMs[0] as number) <= nowMs - this.windowMs) {
      this.atMs.shift()
      this.used -= this.counts.shift() as number
    }
    return this.used
  }

  add(nowMs: number, count: number): void {
    this.atMs.push(nowMs)
    this.counts.push(count)
    this.used += count
  }

  /** Adds `count` if the window then holds at most `most`; else adds nothing. */
  admit(nowMs: number, count: number, most: number): boolean {
    if (this.usedAt(nowMs) + count > most) return false
    this.add(nowMs, count)
    return true
  }

  /** Time until the oldest entry leaves the window, milliseconds; 0 when there is none. */
  waitMs(nowMs: number): number {
    this.redate(nowMs)
    const oldest = this.atMs[0]
    return oldest === undefined ? 0 : Math.max(1, oldest + this.windowMs - nowMs)
  }

  /** After the clock was set back, entries are in the future: they count as of now, not until the clock is there. */
  private redate(nowMs: number): void {
    const latestMs = nowMs + this.windowMs
    for (let at = this.atMs.length - 1; at >= 0 && (this.atMs[at] as number) > latestMs; at--) this.atMs[at] = nowMs
  }
}

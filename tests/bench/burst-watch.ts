/**
 * Times bursts of a known size from the latencies of their ticks: first callback to last acknowledgement.
 * Ticks are acknowledged in the order of their callbacks, so every `size` of them are one burst.
 */
export class BurstWatch {
  /** Duration of each burst, milliseconds. */
  readonly durationsMs: Array<number> = []
  private readonly size: number
  private inBurst = 0
  private firstCallbackMs = 0

  constructor(size: number) {
    this.size = size
  }

  /** One acknowledged tick. Both on the same monotonic clock, milliseconds. */
  acknowledged(nowMs: number, latencyMs: number): void {
    if (this.inBurst === 0) this.firstCallbackMs = nowMs - latencyMs
    this.inBurst++
    if (this.inBurst < this.size) return
    this.inBurst = 0
    this.durationsMs.push(nowMs - this.firstCallbackMs)
  }
}

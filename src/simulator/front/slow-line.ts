type Flushed = (error?: Error | null) => void

/**
 * Passes bytes on at once or, when limited, keeps them and lets a fixed number through in a second. Keeps their
 * sequence.
 */
export class SlowLine {
  /** Number of kept bytes. */
  bytes = 0
  private readonly out: (bytes: Buffer, flushed?: Flushed) => void
  private queue: Array<{ readonly bytes: Buffer; readonly flushed: Flushed | undefined }> = []
  private bytesPerSecond: number | undefined
  private lastMs = 0
  private allowance = 0

  constructor(out: (bytes: Buffer, flushed?: Flushed) => void) {
    this.out = out
  }

  get limited(): boolean {
    return this.bytesPerSecond !== undefined
  }

  get waiting(): boolean {
    return this.queue.length > 0
  }

  /** Undefined: sends all kept bytes now and keeps none from here on. */
  limit(bytesPerSecond: number | undefined, nowMs: number): void {
    this.bytesPerSecond = bytesPerSecond
    this.lastMs = nowMs
    this.allowance = 0
    if (bytesPerSecond !== undefined) return
    const kept = this.queue
    this.queue = []
    this.bytes = 0
    for (const { bytes, flushed } of kept) this.out(bytes, flushed)
  }

  write(bytes: Buffer, flushed?: Flushed): void {
    if (this.bytesPerSecond === undefined) this.out(bytes, flushed)
    else {
      this.queue.push({ bytes, flushed })
      this.bytes += bytes.length
    }
  }

  pump(nowMs: number): void {
    const rate = this.bytesPerSecond ?? 0
    // At most the bytes of one second: an idle line must not accumulate an allowance.
    this.allowance = Math.min(this.allowance + (rate * (nowMs - this.lastMs)) / 1000, Math.max(rate, 1))
    this.lastMs = nowMs
    let done = 0
    for (const entry of this.queue) {
      const room = Math.floor(this.allowance)
      if (room <= 0) break
      if (entry.bytes.length > room) {
        this.out(entry.bytes.subarray(0, room))
        this.queue[done] = { bytes: entry.bytes.subarray(room), flushed: entry.flushed }
        this.allowance -= room
        this.bytes -= room
        break
      }
      this.out(entry.bytes, entry.flushed)
      this.allowance -= entry.bytes.length
      this.bytes -= entry.bytes.length
      done++
    }
    this.queue.splice(0, done)
  }
}

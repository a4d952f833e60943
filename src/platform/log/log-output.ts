import { systemCodeOf } from "../../kernel/system-fault.ts"

/** Bytes that wait for a slow reader. Further lines are dropped and counted. */
const waitingBytesMax = 1 << 20
const retryMs = 50
const newline = 0x0a

export interface LogOutputOptions {
  /** Accepts bytes and returns their number; throws the system's error. `EAGAIN`: none now, try again. */
  readonly write: (bytes: Uint8Array) => number
  readonly later: (run: () => void, afterMs: number) => void
  readonly waitingBytesMax?: number
  /** The line about dropped lines, written once writing works again. */
  readonly droppedLine: (dropped: { readonly count: number; readonly total: number; readonly reason: string }) => string
}

/**
 * Writes whole lines to a descriptor that may be full, slow or closed. A log must never end a daemon, block its event
 * loop or fill its memory: a line that cannot be written is dropped and counted, and the count is written when
 * writing works again.
 */
export class LogOutput {
  /** Lines dropped since the start. */
  dropped = 0
  private unreported = 0
  private reason = ""
  private waiting: Array<Uint8Array> = []
  private waitingBytes = 0
  /** The last written byte was inside a line. */
  private insideLine = false
  /** The rest of that line will never be written. */
  private restIsLost = false
  private retrying = false
  private readonly options: LogOutputOptions

  constructor(options: LogOutputOptions) {
    this.options = options
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.waitingBytes + bytes.length > (this.options.waitingBytesMax ?? waitingBytesMax)) {
      return this.drop("its reader is slow")
    }
    this.waiting.push(bytes)
    this.waitingBytes += bytes.length
    if (!this.retrying) this.send()
  }

  /** No line waits for the reader. */
  isEmpty(): boolean {
    return this.waitingBytes === 0
  }

  private drop(reason: string): void {
    this.dropped++
    this.unreported++
    this.reason = reason
  }

  private send(): void {
    try {
      // The next line must start on its own.
      if (this.restIsLost && this.waiting.length > 0) this.put(Buffer.from("\n"))
      this.restIsLost = false
      for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
        const taken = this.put(next)
        this.waitingBytes -= taken
        if (taken === next.length) this.waiting.shift()
        else this.waiting[0] = next.subarray(taken)
      }
    } catch (cause) {
      if (systemCodeOf(cause) === "EAGAIN") this.retryLater()
      else this.giveUp(systemCodeOf(cause))
      return
    }
    if (this.unreported > 0) {
      const dropped = { count: this.unreported, total: this.dropped, reason: this.reason }
      this.unreported = 0
      this.write(this.options.droppedLine(dropped))
    }
  }

  private put(bytes: Uint8Array): number {
    const taken = this.options.write(bytes)
    if (taken > 0) this.insideLine = bytes[taken - 1] !== newline
    return taken
  }

  private giveUp(reason: string): void {
    for (const _ of this.waiting) this.drop(reason)
    this.waiting = []
    this.waitingBytes = 0
    this.restIsLost = this.insideLine
  }

  private retryLater(): void {
    this.retrying = true
    this.options.later(() => {
      this.retrying = false
      this.send()
    }, retryMs)
  }
}

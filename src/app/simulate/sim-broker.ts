import { LinkError } from "../../adapters/jetstream/publish-errors.ts"
import { MemoryStream } from "../../adapters/memory/memory-stream.ts"
import { accountStream } from "../../protocol/gap-message.ts"
import type { VirtualTime } from "./virtual-time.ts"

type Stream = MemoryStream<LinkError>

/** One server with the streams of the ticks, of what was set aside and of the account. What happens to it happens to each. */
export class SimBroker {
  readonly ticks: Stream
  private readonly account: Stream
  private readonly quarantine: Stream
  private readonly streams: ReadonlyArray<Stream>

  constructor(options: {
    readonly time: VirtualTime
    readonly onTick: (subject: string, payload: string | Uint8Array) => void
    /** Told of each message in the stream of the account. */
    readonly onAccount: (subject: string, payload: string | Uint8Array) => void
    readonly onSent: (subject: string) => void
  }) {
    const open = (onStored: (subject: string, payload: string | Uint8Array) => void): Stream =>
      new MemoryStream<LinkError>({
        later: (afterMs, run) => options.time.later(afterMs, run),
        onStored,
        onSent: options.onSent,
        failure: (code, message) => new LinkError({ code, message, retryable: true })
      })
    this.ticks = open(options.onTick)
    this.account = open(options.onAccount)
    this.quarantine = open(() => undefined)
    this.streams = [this.ticks, this.account, this.quarantine]
  }

  /** A stream beside the ticks, by its name. */
  named(stream: string): Stream {
    return stream === accountStream ? this.account : this.quarantine
  }

  breakAll(received: number, reason: string): void {
    for (const stream of this.streams) stream.breakAll(received, reason)
  }

  /** Nobody listens, or somebody does again. */
  setDown(down: boolean): void {
    for (const stream of this.streams) stream.down = down
    if (!down) this.resume()
  }

  /** One reason more for which nothing is taken, or one less. */
  stall(change: 1 | -1): void {
    for (const stream of this.streams) stream.stalls += change
    if (change < 0) this.resume()
  }

  setAckMs(ackMs: number): void {
    for (const stream of this.streams) stream.ackMs = ackMs
  }

  setFull(isFull: boolean): void {
    for (const stream of this.streams) stream.isFull = isFull
  }

  wipe(): void {
    for (const stream of this.streams) stream.wipe()
  }

  heal(): void {
    for (const stream of this.streams) {
      stream.down = false
      stream.stalls = 0
      stream.isFull = false
      stream.ackMs = 1
    }
    this.resume()
  }

  private resume(): void {
    for (const stream of this.streams) stream.resume()
  }
}

import { Effect } from "effect"
import type { Link, LinkEvents } from "../../market/adapters/jetstream/link.ts"
import { LinkError } from "../../market/adapters/jetstream/publish-errors.ts"
import { MemoryEpochs } from "../../market/adapters/memory/memory-epochs.ts"
import { MemoryStream } from "../../market/adapters/memory/memory-stream.ts"
import { integrityStream } from "../../protocol/control/stream-names.ts"
import type { SimTime } from "./virtual-time.ts"

type Stream = MemoryStream<LinkError>
type Payload = string | Uint8Array

/** Patience with one request to the bucket: `link.ts`. */
const epochTimeoutMs = 1500

/** One server with the streams of the ticks, of what was set aside and of the integrity, and the bucket of the epochs. What happens to it happens to each. */
export class SimBroker {
  readonly ticks: Stream
  readonly epochs: MemoryEpochs<LinkError>
  private readonly integrity: Stream
  private readonly quarantine: Stream
  private readonly streams: ReadonlyArray<Stream>

  readonly later: (afterMs: number, run: () => void) => () => void

  /** `writer`: which life of the daemon. */
  constructor(options: {
    readonly time: SimTime
    readonly onTick: (subject: string, payload: Payload, seq: number, writer: number) => void
    /** Told of each message in the stream of the integrity. */
    readonly onIntegrity: (subject: string, payload: Payload, seq: number, writer: number) => void
    readonly onSent: (subject: string, payload: Payload, writer: number) => void
    /** Told of each record of an epoch that the bucket takes. */
    readonly onEpoch: (text: string) => void
    /** Told of each exchange with the bucket that fails for want of an answer. */
    readonly onEpochSilence: () => void
  }) {
    const later = (afterMs: number, run: () => void) => options.time.later(afterMs, run)
    this.later = later
    const open = (onStored: (subject: string, payload: Payload, seq: number, writer: number) => void): Stream =>
      new MemoryStream<LinkError>({
        later,
        onStored,
        onSent: options.onSent,
        failure: (code, message) => new LinkError({ code, message, retryable: true })
      })
    this.ticks = open(options.onTick)
    this.integrity = open(options.onIntegrity)
    this.quarantine = open(() => undefined)
    this.streams = [this.ticks, this.integrity, this.quarantine]
    this.epochs = new MemoryEpochs<LinkError>({
      later,
      isAway: () => this.ticks.down || this.ticks.stalls > 0,
      timeoutMs: epochTimeoutMs,
      failure: (message) => new LinkError({ code: "JETSTREAM_API", message, retryable: true }),
      onWrite: options.onEpoch,
      onSilence: options.onEpochSilence
    })
  }

  /** The bucket of the epochs takes requests and answers them. */
  get isReachable(): boolean {
    return !this.ticks.down && this.ticks.stalls === 0 && this.epochs.silence === "none"
  }

  /** A link to the stream of the ticks, with the bucket beside it. */
  openTicks(events: LinkEvents, writer: number): Effect.Effect<Link, LinkError> {
    return Effect.map(this.ticks.open(events, writer), (link) => ({
      ...link,
      epochs: this.epochs.over(() => !link.isClosed())
    }))
  }

  /** A stream beside the ticks, by its name. */
  named(stream: string): Stream {
    return stream === integrityStream ? this.integrity : this.quarantine
  }

  breakAll(received: number, reason: string): void {
    for (const stream of this.streams) stream.breakAll(received, reason)
  }

  /** The daemon at the other end is gone. `received`: share of what is under way that the server has taken by then. */
  abandonAll(received: number): void {
    for (const stream of this.streams) stream.abandonAll(received)
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
    this.epochs.wipe()
  }

  heal(): void {
    for (const stream of this.streams) {
      stream.down = false
      stream.stalls = 0
      stream.isFull = false
      stream.ackMs = 1
    }
    this.epochs.silence = "none"
    this.resume()
  }

  private resume(): void {
    for (const stream of this.streams) stream.resume()
  }
}

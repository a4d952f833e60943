import { Effect } from "effect"
import type { Link, LinkEvents } from "../../market/adapters/jetstream/link.ts"
import { LinkError } from "../../market/adapters/jetstream/publish-errors.ts"
import { MemoryEpochs } from "../../market/adapters/memory/memory-epochs.ts"
import { MemoryStream } from "../../market/adapters/memory/memory-stream.ts"
import { integrityStream } from "../../protocol/control/stream-names.ts"
import type { SimTime } from "./virtual-time.ts"

type Stream = MemoryStream<LinkError>
type Payload = string | Uint8Array

/** Time limit of one request to the bucket: `link.ts`. */
const epochTimeoutMs = 1500

/**
 * One server with the streams of ticks, quarantine and integrity, and the bucket of the epochs. Its faults affect
 * each of them.
 */
export class SimBroker {
  readonly ticks: Stream
  readonly epochs: MemoryEpochs<LinkError>
  private readonly integrity: Stream
  private readonly quarantine: Stream
  private readonly streams: ReadonlyArray<Stream>

  readonly later: (afterMs: number, run: () => void) => () => void

  /** `writer`: number of the daemon's run. */
  constructor(options: {
    readonly time: SimTime
    readonly onTick: (subject: string, payload: Payload, seq: number, writer: number) => void
    /** Called with each message in the integrity stream. */
    readonly onIntegrity: (subject: string, payload: Payload, seq: number, writer: number) => void
    readonly onSent: (subject: string, payload: Payload, writer: number) => void
    /** Called with each record of an epoch that the bucket accepts. */
    readonly onEpoch: (text: string) => void
    /** Called for each exchange with the bucket that fails without an answer. */
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

  /** The bucket of the epochs accepts requests and answers them. */
  get isReachable(): boolean {
    return !this.ticks.down && this.ticks.stalls === 0 && this.epochs.silence === "none"
  }

  /** A link to the tick stream, with access to the bucket. */
  openTicks(events: LinkEvents, writer: number): Effect.Effect<Link, LinkError> {
    return Effect.map(this.ticks.open(events, writer), (link) => ({
      ...link,
      epochs: this.epochs.over(() => !link.isClosed())
    }))
  }

  /** A stream other than the ticks', by its name. */
  named(stream: string): Stream {
    return stream === integrityStream ? this.integrity : this.quarantine
  }

  breakAll(received: number, reason: string): void {
    for (const stream of this.streams) stream.breakAll(received, reason)
  }

  /**
   * The daemon at the other end has ended. `received`: share of the messages in flight that the server has received
   * by then.
   */
  abandonAll(received: number): void {
    for (const stream of this.streams) stream.abandonAll(received)
  }

  /** The server stops or starts accepting connections. */
  setDown(down: boolean): void {
    for (const stream of this.streams) stream.down = down
    if (!down) this.resume()
  }

  /** One more or one fewer reason why the server accepts nothing. */
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

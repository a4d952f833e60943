import { Context, type Effect } from "effect"
import type { FeedIndex, TickSlab } from "../../kernel/tick/tick-slab.ts"

/** How the link to the broker stands. `fenced`: another writer has the stream; nothing is sent any more. */
type BrokerLink = "connecting" | "up" | "down" | "fenced"

/** Counts since the start of the publisher, in ticks unless said otherwise. */
export interface PublisherCounts {
  readonly handed: number
  readonly stored: number
  /** Handed over and not yet stored. */
  readonly retained: number
  /** Sent again after a fault; each is stored once all the same. */
  readonly resent: number
  /** Negative answers of the broker. */
  readonly errors: number
  readonly reconnects: number
  /** Messages in the stream that this publisher did not write. */
  readonly foreignWrites: number
  readonly link: BrokerLink
  /** Age of the oldest tick without an acknowledgement, milliseconds; 0 when there is none. */
  readonly oldestUnackedMs: number
}

/**
 * Confirmed publishing. Every adapter promises: a tick handed over is stored exactly once and in the order given, over
 * any fault of the broker that leaves its store intact, and is counted as stored only after the broker confirmed it.
 */
export class TickPublisher extends Context.Service<
  TickPublisher,
  {
    /** How many ticks `send` takes now; 0 while the broker is away or behind. Synchronous: it stands on the tick path. */
    readonly room: () => number
    /** Hands one tick over; the record may be reused as soon as this returns. Only while `room() > 0`. */
    readonly send: (slab: TickSlab, row: number, feed: FeedIndex) => void
    /** Waits until `room() > 0`. */
    readonly awaitRoom: Effect.Effect<void>
    /** Waits until everything handed over is stored, or, where there is a spool and the broker is away, on disk. */
    readonly drained: Effect.Effect<void>
    readonly counts: () => PublisherCounts
  }
>()("tickd/ports/TickPublisher") {}

import { Context, type Effect } from "effect"
import type { FeedIndex, TickSlab } from "../../kernel/tick/tick-slab.ts"

/** State of the link to the broker. `fenced`: another writer owns the stream, and nothing is sent any more. */
type BrokerLink = "connecting" | "up" | "down" | "fenced"

/** Counts since the start of the publisher, in ticks unless noted. */
export interface PublisherCounts {
  readonly handed: number
  readonly stored: number
  /** Accepted and not yet stored. */
  readonly retained: number
  /** Sent again after a fault. Each is still stored once. */
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
 * Confirmed publishing. Every adapter promises: an accepted tick is stored exactly once and in sequence, over any
 * fault of the broker that leaves its store intact. It counts as stored only after the broker confirmed it.
 */
export class TickPublisher extends Context.Service<
  TickPublisher,
  {
    /**
     * Number of ticks that `send` accepts now; 0 while the broker is away or behind. Synchronous: it is on the tick
     * path.
     */
    readonly room: () => number
    /** Accepts one tick; the record may be reused when this returns. Call it only while `room() > 0`. */
    readonly send: (slab: TickSlab, row: number, feed: FeedIndex) => void
    /** Waits until `room() > 0`. */
    readonly awaitRoom: Effect.Effect<void>
    /** Waits until every accepted tick is stored or, with a spool while the broker is away, on disk. */
    readonly drained: Effect.Effect<void>
    readonly counts: () => PublisherCounts
  }
>()("tickd/ports/TickPublisher") {}

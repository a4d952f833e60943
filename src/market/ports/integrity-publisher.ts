import { Context, type Effect } from "effect"
import type { Gap } from "../../kernel/tick/gap.ts"

/** A quarantined tick, with its bytes as read from the ring. */
interface QuarantinedTick {
  readonly feed: string
  readonly seq: number
  readonly reason: string
  /** The vendor's code; empty when the worker did not name one. */
  readonly instrument: string
  readonly receivedMs: number
  /** 320 bytes, one slot of docs/reference/ring.md. */
  readonly raw: Uint8Array
}

/** Events about ticks that consumers do not get. `text` is an encoded certificate for `subject`. */
export type IntegrityEvent =
  | { readonly type: "quarantined"; readonly tick: QuarantinedTick }
  | { readonly type: "gap"; readonly gap: Gap }
  | { readonly type: "certificate"; readonly subject: string; readonly text: string }

/**
 * Confirmed publishing beside the ticks. Every adapter promises: an accepted event is stored exactly once, over any
 * fault of the broker that leaves its store intact, and never on a subject of ticks.
 */
export class IntegrityPublisher extends Context.Service<
  IntegrityPublisher,
  {
    /** True when `send` accepts this event now. */
    readonly hasRoom: (event: IntegrityEvent) => boolean
    readonly send: (event: IntegrityEvent) => void
    /** Waits until every accepted event is stored. */
    readonly drained: Effect.Effect<void>
  }
>()("tickd/ports/IntegrityPublisher") {}

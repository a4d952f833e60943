import { Context, type Effect } from "effect"
import type { Gap } from "../../kernel/tick/gap.ts"

/** A tick that was set aside, with the bytes as they came out of the ring. */
interface QuarantinedTick {
  readonly feed: string
  readonly seq: number
  readonly reason: string
  /** The vendor's code; empty when the worker named none. */
  readonly instrument: string
  readonly receivedMs: number
  /** 320 bytes, a slot of docs/reference/ring.md. */
  readonly raw: Uint8Array
}

/** What the line tells about ticks that consumers do not get. `text` is a certificate, written already, for `subject`. */
export type IntegrityEvent =
  | { readonly type: "quarantined"; readonly tick: QuarantinedTick }
  | { readonly type: "gap"; readonly gap: Gap }
  | { readonly type: "certificate"; readonly subject: string; readonly text: string }

/**
 * Confirmed publishing beside the ticks. Every adapter promises: an event handed over is stored exactly once, over any
 * fault of the broker that leaves its store intact, and never on a subject of ticks.
 */
export class IntegrityPublisher extends Context.Service<
  IntegrityPublisher,
  {
    /** True when `send` takes this event now. */
    readonly hasRoom: (event: IntegrityEvent) => boolean
    readonly send: (event: IntegrityEvent) => void
    /** Waits until everything handed over is stored. */
    readonly drained: Effect.Effect<void>
  }
>()("tickd/ports/IntegrityPublisher") {}

import type { LinkError, Refusal } from "./publish-errors.ts"

/** `fenced`: another writer has the stream, and nothing is sent any more. */
export type LinkState = "connecting" | "up" | "down" | "fenced"

/** For the log. One for each change of state, never one for a message. */
export type PublisherEvent =
  | { readonly type: "linkUp"; readonly retained: number }
  | { readonly type: "linkDown"; readonly code: string; readonly message: string; readonly retained: number }
  | { readonly type: "refused"; readonly refusal: Refusal; readonly retained: number }
  | { readonly type: "reconciled"; readonly found: number; readonly toSend: number }
  | { readonly type: "storeLost"; readonly acknowledgedGone: number; readonly retained: number }
  | { readonly type: "epochTaken"; readonly epoch: number }
  /** `message`: which writer has the stream now, and what to do. */
  | { readonly type: "fenced"; readonly message: string; readonly retained: number }
  /** The other writer is gone, and this daemon writes the stream again. `message`: which writer left, and how. */
  | { readonly type: "takenBack"; readonly epoch: number; readonly message: string; readonly retained: number }

export interface PublisherCallbacks {
  /** A message is stored. Called in sequence of `send`, with the values of `send`. `nowMs`: epoch milliseconds. */
  readonly onStored: (stampMs: number, token: number, nowMs: number, feedSeq: number) => void
  /** There may be room again. Called once for a whole chunk of answers. */
  readonly onRoom?: () => void
  readonly onEvent?: (event: PublisherEvent) => void
  /**
   * A message is not sent: the previous writer has stored it, or a younger one of its subject. In sequence of `send`.
   */
  readonly onSuperseded?: (token: number, feedSeq: number, receivedMs: number) => void
}

/** Whether another writer has already stored this message. Undefined: no message can be stored any more. */
export type IsSuperseded = (subject: string, payload: string | Uint8Array, receivedMs: number) => boolean | undefined

/** Counts and state of the publisher. Units are messages unless a name ends otherwise. */
export interface PublisherCounts {
  /** Accepted by `send`. */
  readonly handed: number
  /** Known to be stored; `handed = stored + superseded + retained` at every moment. */
  readonly stored: number
  /** Not sent: another writer stored them, or younger ones, while this daemon was fenced. */
  readonly superseded: number
  /** Accepted and not known to be stored: the publisher holds the only copy. */
  readonly retained: number
  /** Sent again after a lost connection or a refusal. */
  readonly resent: number
  /** Refusals and answers that could not be used. */
  readonly errors: number
  /** Connections opened after the first. */
  readonly reconnects: number
  /** Messages in the stream, after this publisher's first, that it did not write. */
  readonly foreignWrites: number
  /** Stored after a younger one, because the stream accepted that one and refused this. */
  readonly reordered: number
  /** How often the stream returned without messages that it had acknowledged, and their number. */
  readonly storeLosses: number
  readonly acknowledgedGone: number
  /** Age of the oldest retained message; 0 without one. */
  readonly oldestUnackedMs: number
  readonly link: LinkState
  /** Why the link is not up; undefined while it is. */
  readonly lastProblem: string | undefined
}

/** The counters of `PublisherCounts`, which say what each one counts. */
export class PublisherTally {
  stored = 0
  superseded = 0
  resent = 0
  errors = 0
  reconnects = 0
  foreignWrites = 0
  reordered = 0
  storeLosses = 0
  acknowledgedGone = 0
}

/** End of a previous run's messages: in the stream that was created at `created`, up to a sequence. */
export interface ResumePoint {
  readonly created: string
  readonly floorSeq: number
  /** Loads as many messages as the window has room for, in sequence, and reports the slots. */
  readonly refill: (tell: (slot: number) => void) => void
}

/** What the synchronous half of the publisher is given. */
export interface PublisherCoreOptions {
  readonly window: number
  readonly wallMs: () => number
  readonly monotonicMs: () => number
  readonly callbacks: PublisherCallbacks
  /**
   * Why nothing may be sent in this turn, called once for each turn while the link is up. Omit: sending is always
   * allowed.
   */
  readonly leaseOver?: ((nowMs: number) => LinkError | undefined) | undefined
}

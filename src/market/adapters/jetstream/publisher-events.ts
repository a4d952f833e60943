import type { Refusal } from "./publish-errors.ts"

/** `fenced`: another writer has the stream, and nothing is sent any more. */
export type LinkState = "connecting" | "up" | "down" | "fenced"

/** For the log. One a change of state, never one a message. */
export type PublisherEvent =
  | { readonly type: "linkUp"; readonly retained: number }
  | { readonly type: "linkDown"; readonly code: string; readonly message: string; readonly retained: number }
  | { readonly type: "refused"; readonly refusal: Refusal; readonly retained: number }
  | { readonly type: "reconciled"; readonly found: number; readonly toSend: number }
  | { readonly type: "storeLost"; readonly acknowledgedGone: number; readonly retained: number }
  | { readonly type: "epochTaken"; readonly epoch: number }
  /** `message`: who has the stream now, and what to do. */
  | { readonly type: "fenced"; readonly message: string; readonly retained: number }
  /** The writer that had the stream has left, and this daemon writes it again. `message`: who left, and how. */
  | { readonly type: "takenBack"; readonly epoch: number; readonly message: string; readonly retained: number }

export interface PublisherCallbacks {
  /** A message is stored; told in order of `send`, with what `send` was given. `nowMs`: epoch milliseconds. */
  readonly onStored: (stampMs: number, token: number, nowMs: number, feedSeq: number) => void
  /** There may be room again. Once for a whole chunk of answers. */
  readonly onRoom?: () => void
  readonly onEvent?: (event: PublisherEvent) => void
  /** A message is not sent: the writer before has stored it, or a younger one of its subject. In order of `send`. */
  readonly onSuperseded?: (token: number, feedSeq: number, receivedMs: number) => void
}

/** Whether the stream holds a message already, as another writer stored it. Undefined: no message can be any more. */
export type IsSuperseded = (subject: string, payload: string | Uint8Array, receivedMs: number) => boolean | undefined

/** What the publisher did, and where it stands. Messages, unless a name ends otherwise. */
export interface PublisherCounts {
  /** Taken over by `send`. */
  readonly handed: number
  /** Known to be stored; `handed = stored + superseded + retained` at every moment. */
  readonly stored: number
  /** Not sent: while this daemon was fenced another writer stored them, or younger ones. */
  readonly superseded: number
  /** Handed over and not known to be stored: the publisher holds the only copy. */
  readonly retained: number
  /** Sent once more, after a lost connection or a refusal. */
  readonly resent: number
  /** Refusals and answers that could not be used. */
  readonly errors: number
  /** Connections opened after the first. */
  readonly reconnects: number
  /** Messages in the stream, behind this publisher's first, that it did not write. */
  readonly foreignWrites: number
  /** Stored behind a younger one, because the stream took that one and refused this. */
  readonly reordered: number
  /** How often the stream came back without messages that it had acknowledged, and how many of those are gone. */
  readonly storeLosses: number
  readonly acknowledgedGone: number
  /** Age of the oldest retained message; 0 without one. */
  readonly oldestUnackedMs: number
  readonly link: LinkState
  /** Why the link is not up; undefined while it is. */
  readonly lastProblem: string | undefined
}

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

export interface PublisherCallbacks {
  /** A message is stored; told in order of `send`, with what `send` was given. `nowMs`: epoch milliseconds. */
  readonly onStored: (stampMs: number, token: number, nowMs: number, feedSeq: number) => void
  /** There may be room again. Once for a whole chunk of answers. */
  readonly onRoom?: () => void
  readonly onEvent?: (event: PublisherEvent) => void
}

import type { FrontTally } from "./front-counts.ts"
import type { Signal } from "./signal.ts"

/** What happened on a connection, for a progress line or a log; `session` counts connections from 1. */
export type FrontEvent =
  | { readonly type: "connected"; readonly session: number; readonly peer: string }
  | { readonly type: "loggedIn"; readonly session: number; readonly user: string }
  | { readonly type: "loginRejected"; readonly session: number; readonly user: string; readonly errorId: number }
  | { readonly type: "subscribed"; readonly session: number; readonly instruments: number }
  | { readonly type: "badMessage"; readonly session: number; readonly reason: string }
  | { readonly type: "cutSlow"; readonly session: number; readonly listed: number }
  | { readonly type: "disconnected"; readonly session: number }

/** What a connection needs of the front it belongs to. */
export interface SessionHost {
  readonly tally: FrontTally
  /** Told whenever a session has room, fell silent or speaks again. */
  readonly changed: Signal
  /** Ticks that may wait for a session before it is cut; without effect when `paced`. */
  readonly sendingListSize: number
  readonly paced: boolean
  readonly onEvent: (event: FrontEvent) => void
  nowMs(): number
}

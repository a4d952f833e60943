import type { FrontTally } from "./front-counts.ts"
import type { Signal } from "./signal.ts"

/** An event of a connection, for a progress line or a log; `session` counts connections from 1. */
export type FrontEvent =
  | { readonly type: "connected"; readonly session: number; readonly peer: string }
  | { readonly type: "loggedIn"; readonly session: number; readonly user: string }
  | { readonly type: "loginRejected"; readonly session: number; readonly user: string; readonly errorId: number }
  | { readonly type: "subscribed"; readonly session: number; readonly instruments: number }
  | { readonly type: "badMessage"; readonly session: number; readonly reason: string }
  | { readonly type: "cutSlow"; readonly session: number; readonly listed: number }
  | { readonly type: "disconnected"; readonly session: number }

/** The functions of the front that a connection uses. */
export interface SessionHost {
  readonly tally: FrontTally
  /** Notified whenever a session has room, becomes silent or ends its silence. */
  readonly changed: Signal
  /** Ticks that may wait for a session before it is cut; without effect when `paced`. */
  readonly sendingListSize: number
  readonly paced: boolean
  readonly onEvent: (event: FrontEvent) => void
  nowMs(): number
}

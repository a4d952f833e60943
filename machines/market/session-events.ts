import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { BackoffPolicy } from "../backoff.ts"

/** Settings of a session. Times in milliseconds. */
export interface SessionInput {
  readonly feed: string
  readonly connectTimeoutMs: number
  readonly loginTimeoutMs: number
  readonly subscribeTimeoutMs: number
  /** Streaming for this long makes the session healthy: only then is the backoff reset. */
  readonly healthyAfterMs: number
  /** Minimum time between two logins: a front refuses more than one a second. */
  readonly loginSpacingMs: number
  /** Rest of that time from a previous run of this session; 0 without one. */
  readonly loginWaitMs: number
  /** Time for a repair of a degraded session to work before the next step of the ladder. */
  readonly repairTimeoutMs: number
  /** Time limit of a stop for the front to close. */
  readonly drainTimeoutMs: number
  /** Consecutive failures after which the session has failed; 0: never. */
  readonly maxRetries: number
  /** Share of the wanted instruments that must be acknowledged, 0 to 1. Below it the session is degraded. */
  readonly coverageMin: number
  readonly backoff: BackoffPolicy
  readonly seed: number
}

/** Facts, in the past tense: actions of the front, the market, a monitor or an operator. */
export type SessionEvent =
  | { readonly type: "FRONT_CONNECTED" }
  /** `times`: number of consecutive losses; a storm is folded before it arrives here. */
  | { readonly type: "FRONT_DISCONNECTED"; readonly reason: number; readonly times?: number }
  | { readonly type: "LOGGED_IN"; readonly tradingDay: string }
  | { readonly type: "LOGIN_REFUSED"; readonly errorId: number; readonly message: string }
  | { readonly type: "LOGGED_OUT" }
  | { readonly type: "REQUEST_NOT_SENT"; readonly request: string; readonly code: number }
  | { readonly type: "ALL_ACKNOWLEDGED"; readonly acknowledged: number; readonly wanted: number }
  | { readonly type: "COVERAGE_COUNTED"; readonly acknowledged: number; readonly wanted: number }
  | { readonly type: "TICKS_ARRIVED" }
  /** Connected, and no tick for `silentMs`. */
  | { readonly type: "FEED_SILENT"; readonly silentMs: number }
  /** `waiting` unread ticks are in the ring. */
  | { readonly type: "FEED_LAGGED"; readonly waiting: number }
  | { readonly type: "FEED_CAUGHT_UP" }
  | { readonly type: "PHASE_CHANGED"; readonly phase: MarketPhase }
  | { readonly type: "RETRY_ASKED" }
  /** From the repair ladder: instruments stay silent on a session that looks healthy. */
  | { readonly type: "RELOGIN_ASKED" }
  | { readonly type: "STOP_ASKED" }
  | { readonly type: "MADE_ACTIVE" }
  | { readonly type: "MADE_STANDBY" }
  | { readonly type: "FENCED_OFF" }
  /** From the machine to itself: closes the gate that keeps logins apart. */
  | { readonly type: "LOGIN_ORDERED" }

/** Names of a session's states. `value` of the machine is `{ link, loginGate, role }`. */
export type SessionLink =
  | "connecting"
  | "awaitingReconnect"
  | "awaitingLogin"
  | "loggingIn"
  | "subscribing"
  | "streaming"
  | "degraded"
  | "backingOff"
  | "resting"
  | "rejected"
  | "failed"
  | "draining"
  | "stopped"

export type SessionRole = "active" | "standby" | "fenced" | "released"

/** The kind of the last event, for parts that choose the fix. */
export type SessionCause =
  | "connect_timeout"
  | "reconnect_timeout"
  | "disconnected"
  /** No library reported it: the worker ended, or we disconnected. */
  | "own_loss"
  | "login_refused"
  | "logged_out"
  | "not_sent"
  | "login_timeout"
  | "subscribe_timeout"
  | "silent"
  | "lagging"

/** Contains no secret: it is shown in `tickd status`, stored in NATS and logged. */
export interface SessionContext extends SessionInput {
  readonly connected: boolean
  readonly loggedIn: boolean
  /** The front did not connect in time. When it connects later, the session logs in at once. */
  readonly frontLate: boolean
  /** There is no API instance, so nothing connects by itself: the session dials when its pause ends. */
  readonly released: boolean
  /** Consecutive failures since the session was last healthy. */
  readonly attempts: number
  /** Consecutive logins without an answer: such a link is dead, and only a new API instance helps. */
  readonly requestError: number
  /** Consecutive waits for flow control. */
  readonly throttles: number
  /** The present pause is for flow control: its length follows `throttles`, not `attempts`. */
  readonly throttled: boolean
  /** Steps of the repair ladder since the last tick: 1 request again, 2 log in again, 3 new API instance. */
  readonly repairs: number
  readonly acknowledged: number
  /** 0 before the first request to the front. */
  readonly wanted: number
  readonly silent: boolean
  readonly lagging: boolean
  readonly phase: MarketPhase
  readonly disconnects: number
  readonly tradingDay: string | undefined
  readonly lastError: string | undefined
  /** The subject of `lastError`. */
  readonly cause: SessionCause | undefined
}

/** The state of the whole session in one word for a status: that of its link. */
export const sessionLink = (value: unknown): SessionLink => (value as { link: SessionLink }).link
export const sessionRole = (value: unknown): SessionRole => (value as { role: SessionRole }).role

export const isCovered = (context: SessionContext): boolean =>
  context.acknowledged >= context.wanted * context.coverageMin

/** Why a session is degraded, for people; empty when no fault is known. */
export const sessionTroubles = (context: SessionContext): ReadonlyArray<string> => [
  ...(isCovered(context) ? [] : [`coverage ${context.acknowledged} of ${context.wanted}`]),
  ...(context.silent ? ["staleness"] : []),
  ...(context.lagging ? ["lag"] : [])
]

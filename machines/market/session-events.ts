import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { BackoffPolicy } from "../backoff.ts"

/** What a session must know of its front before it starts. Times in milliseconds. */
export interface SessionInput {
  readonly feed: string
  readonly connectTimeoutMs: number
  readonly loginTimeoutMs: number
  readonly subscribeTimeoutMs: number
  /** Streaming for this long makes the session healthy: only then does the backoff start from its base again. */
  readonly healthyAfterMs: number
  /** Least time between two logins: a front refuses more than one a second. */
  readonly loginSpacingMs: number
  /** What is left of that time from a former life of this session, 0 when it has none. */
  readonly loginWaitMs: number
  /** How long a degraded session waits for a repair to work before it takes the next step of the ladder. */
  readonly repairTimeoutMs: number
  /** How long a stop waits until the front has closed. */
  readonly drainTimeoutMs: number
  /** Failures in a row after which the session is failed; 0: never. */
  readonly maxRetries: number
  /** Share of the wanted instruments that must be acknowledged, 0 to 1: below it the session is degraded. */
  readonly coverageMin: number
  readonly backoff: BackoffPolicy
  readonly seed: number
}

/** Facts, in the past tense: what the front, the market, a watch or an operator did. */
export type SessionEvent =
  | { readonly type: "FRONT_CONNECTED" }
  /** `times`: how many losses in a row this one stands for; a storm is folded before it comes here. */
  | { readonly type: "FRONT_DISCONNECTED"; readonly reason: number; readonly times?: number }
  | { readonly type: "LOGGED_IN"; readonly tradingDay: string }
  | { readonly type: "LOGIN_REFUSED"; readonly errorId: number; readonly message: string }
  | { readonly type: "LOGGED_OUT" }
  | { readonly type: "REQUEST_NOT_SENT"; readonly request: string; readonly code: number }
  | { readonly type: "ALL_ACKNOWLEDGED"; readonly acknowledged: number; readonly wanted: number }
  | { readonly type: "COVERAGE_COUNTED"; readonly acknowledged: number; readonly wanted: number }
  | { readonly type: "TICKS_ARRIVED" }
  /** Connected, and not one tick for `silentMs`. */
  | { readonly type: "FEED_SILENT"; readonly silentMs: number }
  /** `waiting` ticks lie in the ring unread. */
  | { readonly type: "FEED_LAGGED"; readonly waiting: number }
  | { readonly type: "FEED_CAUGHT_UP" }
  | { readonly type: "PHASE_CHANGED"; readonly phase: MarketPhase }
  | { readonly type: "RETRY_ASKED" }
  /** The repair ladder: instruments stay silent on a session that looks well. */
  | { readonly type: "RELOGIN_ASKED" }
  | { readonly type: "STOP_ASKED" }
  | { readonly type: "MADE_ACTIVE" }
  | { readonly type: "MADE_STANDBY" }
  | { readonly type: "FENCED_OFF" }
  /** Of the machine to itself: closes the gate that keeps logins apart. */
  | { readonly type: "LOGIN_ORDERED" }

/** Names of the states that a session can stand in. `value` of the machine is `{ link, loginGate, role }`. */
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

/** The kind of thing that happened last, for those who say what to do about it. */
export type SessionCause =
  | "connect_timeout"
  | "reconnect_timeout"
  | "disconnected"
  /** No library reported it: the worker is gone, or we hung up. */
  | "own_loss"
  | "login_refused"
  | "logged_out"
  | "not_sent"
  | "login_timeout"
  | "subscribe_timeout"
  | "silent"
  | "lagging"

/** Holds no secret: it is shown in `tickd status`, kept in NATS and written into the log. */
export interface SessionContext extends SessionInput {
  readonly connected: boolean
  readonly loggedIn: boolean
  /** The front did not come in time, and has not come since: when it comes it is logged in at once. */
  readonly frontLate: boolean
  /** There is no api instance, so that nothing connects by itself: the session dials when its own pause ends. */
  readonly released: boolean
  /** Failures in a row since the last healthy stretch. */
  readonly attempts: number
  /** Logins in a row that got no answer: a link that swallows them is dead, and only a new api instance helps. */
  readonly requestError: number
  /** Waits for flow control in a row. */
  readonly throttles: number
  /** The present pause is flow control's: it follows `throttles`, not `attempts`. */
  readonly throttled: boolean
  /** Steps of the repair ladder taken since the last tick: 1 asked again, 2 logged in again, 3 a new api instance. */
  readonly repairs: number
  readonly acknowledged: number
  /** 0 until the front was asked. */
  readonly wanted: number
  readonly silent: boolean
  readonly lagging: boolean
  readonly phase: MarketPhase
  readonly disconnects: number
  readonly tradingDay: string | undefined
  readonly lastError: string | undefined
  /** What `lastError` is about. */
  readonly cause: SessionCause | undefined
}

/** The word that stands for the whole session in a status: where its link stands. */
export const sessionLink = (value: unknown): SessionLink => (value as { link: SessionLink }).link
export const sessionRole = (value: unknown): SessionRole => (value as { role: SessionRole }).role

export const isCovered = (context: SessionContext): boolean =>
  context.acknowledged >= context.wanted * context.coverageMin

/** Why a session is degraded, as a reader needs it; empty when nothing is known to be wrong. */
export const sessionTroubles = (context: SessionContext): ReadonlyArray<string> => [
  ...(isCovered(context) ? [] : [`coverage ${context.acknowledged} of ${context.wanted}`]),
  ...(context.silent ? ["staleness"] : []),
  ...(context.lagging ? ["lag"] : [])
]

import { Schema } from "effect"

/** Codes that a daemon of any role may answer with. */
const commonCodes = {
  UNKNOWN_VERB: 404,
  MALFORMED_REQUEST: 400,
  REQUEST_TOO_LARGE: 413,
  UNKNOWN_FIELD: 400,
  UNKNOWN_ACTOR: 404,
  UNKNOWN_CHILD: 404,
  UNKNOWN_CURSOR: 400,
  STOPPING: 503,
  AUDIT_FAILED: 500,
  RATE_LIMITED: 429,
  DUPLICATE_REQUEST_ID: 409,
  NOT_NOW: 409,
  REPLY_TOO_LARGE: 413,
  INTERNAL: 500
} as const

const marketCodes = {
  UNKNOWN_FAULT: 404,
  UNKNOWN_FEED: 404,
  DRILLS_DISABLED: 403,
  DRILL_NOT_POSSIBLE: 409,
  TOO_MANY_SYMBOLS: 413,
  NOTHING_ASKED: 400,
  NO_SECOND_FEED: 409,
  ALREADY_ACTIVE: 409,
  FEED_NOT_HEALTHY: 409,
  SWITCH_HELD: 409,
  SWITCH_BUSY: 409,
  SWITCH_ROLLED_BACK: 504,
  SWITCH_CANCELLED: 409,
  FEED_IS_ACTIVE: 409,
  SECRET_NOT_FILE: 409,
  SECRET_UNREADABLE: 409,
  LOGIN_ROLLED_BACK: 504,
  LOGIN_LOST: 504
} as const

/** The numbers are those of the reference platform where it has the case. */
const tradingCodes = {
  INVALID_ORDER: 422,
  GATE_CLOSED: 503,
  ORDER_REFUSED: 422,
  FAT_FINGER: 400,
  ID_IN_USE: 409,
  NO_SUCH_ORDER: 404,
  NOT_POSSIBLE: 409,
  UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  STATE_UNREACHABLE: 503,
  STATE_MISSING: 503,
  STATE_UNREADABLE: 503,
  STATE_CONFLICT: 409,
  ALREADY_ENGAGED: 400,
  NOT_ENGAGED: 400,
  NOT_TRIPPED: 400,
  ALREADY_INITIALISED: 409,
  OPERATOR_MISSING: 422,
  REASON_TOO_SHORT: 422,
  CAUSE_HOLDS: 409,
  NOT_JOURNALED: 503,
  ENTRIES_OPEN: 409,
  NOT_CONFIRMED: 409,
  RECONCILIATION_FAILED: 503,
  NO_SUCH_ORPHAN: 404,
  STRATEGY_NOT_STOPPED: 404,
  LIMITS_CHANGED: 409,
  NOTHING_TO_CHANGE: 400,
  NOT_LIVE: 409,
  WRONG_DAY: 409,
  NOT_ARMED: 400
} as const

/** Number for the header `Nats-Service-Error-Code`, in HTTP's words since the tools of NATS show it beside the text. */
export const statusOfCode = { ...commonCodes, ...marketCodes, ...tradingCodes }

/**
 * Why a daemon refused a request. Stable: scripts may switch on them. Nothing was done, with these exceptions:
 * `REPLY_TOO_LARGE`: a command was carried out, and the NATS server does not carry the reply.
 * `SWITCH_ROLLED_BACK` and `SWITCH_CANCELLED`: a switch of the feed was begun, and the old feed is active as before.
 * `LOGIN_ROLLED_BACK` and `LOGIN_LOST`: a login was begun; the former secret is in use again, or no login is proved.
 * `NOT_NOW` after the audit entry `accepted`: the attempt failed. `INTERNAL`: not known.
 * `RECONCILIATION_FAILED`: what was found before the failure is in the book; the gate keeps its state.
 * `MALFORMED_REQUEST` and `UNKNOWN_FIELD`: the request was not read. `STOPPING`: the daemon drains.
 * `RATE_LIMITED`: too many requests a second, or too many in progress. `NOT_NOW`: possible in another state only.
 */
export type ControlErrorCode = keyof typeof statusOfCode
export const ControlErrorCode = Schema.Literals(Object.keys(statusOfCode) as ReadonlyArray<ControlErrorCode>)

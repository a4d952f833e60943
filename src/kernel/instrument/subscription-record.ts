/**
 * State of an instrument on one feed in its present session. `desired`: wanted, not requested yet. `sent`: requested,
 * no answer. `acknowledged`: the front accepted. `ticking`: and a tick arrived. `rejected`: the front refused; it
 * stays wanted. `unsubscribing`: no longer wanted, not confirmed by the front.
 */
export const subscriptionStates = ["desired", "sent", "acknowledged", "ticking", "rejected", "unsubscribing"] as const
export type SubscriptionState = (typeof subscriptionStates)[number]

/** Why a front refused: the vendor's number, its name and text. `passing`: a later request may succeed. */
export interface SubscriptionRefusal {
  readonly errorId: number
  readonly name: string
  readonly text: string
  readonly passing: boolean
  readonly atMs: number
}

/**
 * One instrument on one feed. Identity: `subscriptionId`, assigned when it was last wanted. Times are epoch
 * milliseconds UTC by the daemon's clock; those of requests, answers and ticks are of the present session, absent
 * before. `ticks` counts the new ticks in this run of the daemon, without repeated ones and stale snapshots.
 */
export interface SubscriptionRecord {
  readonly subscriptionId: string
  readonly instrumentId: string
  readonly feed: string
  readonly state: SubscriptionState
  readonly createdMs: number
  readonly sentMs: number | undefined
  readonly acknowledgedMs: number | undefined
  readonly refusal: SubscriptionRefusal | undefined
  readonly firstTickMs: number | undefined
  readonly lastTickMs: number | undefined
  readonly ticks: number
  /** Why no exchange is known to use the code, until it ticks. */
  readonly doubt: string | undefined
  /** Every arriving tick is quarantined: the number since the last valid one, and the reason. */
  readonly setAside: { readonly ticks: number; readonly reason: string } | undefined
}

/** Error of a front that serves no more instruments in one session. */
export const tooManyInstruments = 6000

/** Errors that answer a subscription. Source: error.xml of the API documentation 6.7.8, HQLK for 6000. */
const names: ReadonlyMap<number, readonly [name: string, passing: boolean]> = new Map([
  [6, ["NOT_LOGGED_IN", true]],
  [7, ["NOT_INITIALISED", true]],
  [8, ["FRONT_NOT_ACTIVE", true]],
  [16, ["INSTRUMENT_NOT_FOUND", false]],
  [90, ["NEED_RETRY", true]],
  [tooManyInstruments, ["TOO_MANY_INSTRUMENTS", true]]
])

/** An unlisted error may be temporary, so the request is repeated. */
export const refusalOf = (errorId: number, text: string, atMs: number): SubscriptionRefusal => {
  const [name, passing] = names.get(errorId) ?? [`ERROR_${errorId}`, true]
  return { errorId, name, text, passing, atMs }
}

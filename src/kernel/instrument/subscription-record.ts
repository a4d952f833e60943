/**
 * How an instrument stands on one feed, in this session of it. `desired`: wanted, not asked for yet. `sent`: asked for,
 * no answer. `acknowledged`: the front agreed. `ticking`: and a tick came. `rejected`: the front refused, and it stays
 * wanted. `unsubscribing`: no longer wanted, the front has not confirmed it.
 */
export const subscriptionStates = ["desired", "sent", "acknowledged", "ticking", "rejected", "unsubscribing"] as const
export type SubscriptionState = (typeof subscriptionStates)[number]

/** Why a front refused: the vendor's number, its name and text. `passing`: asking again later may help. */
export interface SubscriptionRefusal {
  readonly errorId: number
  readonly name: string
  readonly text: string
  readonly passing: boolean
  readonly atMs: number
}

/**
 * One instrument on one feed. Identity: `subscriptionId`, given when it was last wanted. Times are epoch milliseconds
 * UTC by the daemon's clock; those of asking, answers and ticks are of the present session, absent when it has none yet.
 * `ticks` counts the new ticks of the daemon's life; repeated ones and stale snapshots are not among them.
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
  /** Every tick that comes is set aside: so many since the last sound one, for this reason. */
  readonly setAside: { readonly ticks: number; readonly reason: string } | undefined
}

/** A front serves so many instruments a session and no more. */
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

/** An error that no list names may pass: whoever is not sure asks again. */
export const refusalOf = (errorId: number, text: string, atMs: number): SubscriptionRefusal => {
  const [name, passing] = names.get(errorId) ?? [`ERROR_${errorId}`, true]
  return { errorId, name, text, passing, atMs }
}

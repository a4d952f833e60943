/**
 * The two times of the tick in hand, epoch milliseconds UTC: `[exchangeMs, receivedMs]`.
 * An array, and one for all ticks, because a double that is passed to a function costs a heap object a call.
 */
export type Moment = Float64Array
export const exchangeMs = 0
/** NaN: nothing tells when the tick arrived. */
export const receivedMs = 1

export const makeMoment = (): Moment => new Float64Array([Number.NaN, Number.NaN])

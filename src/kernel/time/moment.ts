/**
 * The two times of the present tick, epoch milliseconds UTC: `[exchangeMs, receivedMs]`. One array for all ticks,
 * because a double that is passed to a function costs a heap object for each call.
 */
export type Moment = Float64Array
export const exchangeMs = 0
/** NaN: the arrival time is not known. */
export const receivedMs = 1

export const makeMoment = (): Moment => new Float64Array([Number.NaN, Number.NaN])

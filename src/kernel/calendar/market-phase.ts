/**
 * Where a market stands in its day. `closed` is silence without a question; in a `break` and before the opening nothing
 * comes either, but a session must stay or get ready; only in `trading` is silence a fault.
 */
export const marketPhases = ["preOpen", "auction", "trading", "break", "closed"] as const
export type MarketPhase = (typeof marketPhases)[number]

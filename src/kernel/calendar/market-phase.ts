/**
 * The phases of a market's day. In `closed`, `break` and before the opening no ticks are expected, but a session must
 * stay or get ready in the latter two. Only in `trading` is silence a fault.
 */
export const marketPhases = ["preOpen", "auction", "trading", "break", "closed"] as const
export type MarketPhase = (typeof marketPhases)[number]

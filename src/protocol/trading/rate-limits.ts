import type { RateLimit } from "../control/command-spec.ts"

// Buckets of their own: a flood of orders must not delay a cancel, and neither may delay what stops trading.

/** The gate has the rate of the account (`orders_per_minute`); this one protects the daemon itself. */
export const orderLimit: RateLimit = { name: "orders", perSecond: 2000, burst: 2000, inProgressMax: 1000 }
export const cancelLimit: RateLimit = { name: "cancels", perSecond: 1000, burst: 2000, inProgressMax: 1000 }
/** What stops trading: people, and the programs of risk officers. */
export const closingLimit: RateLimit = { name: "closing commands", perSecond: 20, burst: 60, inProgressMax: 50 }

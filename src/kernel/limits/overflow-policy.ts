/**
 * Who gives way when the line holds as many ticks as it may.
 * `drop-newest`: the queue takes nothing more, the ring fills, and what comes then is lost. `drop-oldest`: the oldest
 * waiting ticks. `conflate`: waiting ticks that a newer one of their instrument and feed has overtaken.
 */
export const overflowPolicies = ["drop-newest", "drop-oldest", "conflate"] as const
export type OverflowPolicy = (typeof overflowPolicies)[number]

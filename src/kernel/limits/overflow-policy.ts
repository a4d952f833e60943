/**
 * Which ticks are dropped when the queue is full.
 * `drop-newest`: the queue accepts nothing more, the ring fills, and later ticks are lost. `drop-oldest`: the oldest
 * waiting ticks. `conflate`: waiting ticks with a newer one of their instrument and feed.
 */
export const overflowPolicies = ["drop-newest", "drop-oldest", "conflate"] as const
export type OverflowPolicy = (typeof overflowPolicies)[number]

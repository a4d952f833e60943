import { Schema } from "effect"

/** A consumer with open work counts as stuck after this long without progress, milliseconds. */
const stuckAfterMs = 60_000

/**
 * One consumer of the tick stream, as the server reports it.
 * Units: counts of messages; times epoch milliseconds UTC, null: never. `backlog`: not yet delivered; `ack_pending`:
 * delivered and not yet acknowledged; `redelivered`: of these, delivered more than once.
 */
export const ConsumerMessage = Schema.Struct({
  name: Schema.String,
  filter: Schema.String,
  acknowledges: Schema.Boolean,
  backlog: Schema.Int,
  ack_pending: Schema.Int,
  redelivered: Schema.Int,
  waiting_pulls: Schema.Int,
  last_delivery_ms: Schema.NullOr(Schema.Finite),
  last_ack_ms: Schema.NullOr(Schema.Finite),
  created_ms: Schema.Finite,
  state: Schema.Literals(["idle", "working", "behind", "stuck"]),
  reason: Schema.NullOr(Schema.String)
})
export type ConsumerMessage = typeof ConsumerMessage.Type

export const ConsumersReply = Schema.Struct({
  stream: Schema.String,
  consumers: Schema.Array(ConsumerMessage),
  /** Number of consumers without a durable name, such as `tickd-client`: they keep no state and need no watching. */
  temporary: Schema.Int
})
export type ConsumersReply = typeof ConsumersReply.Type

export type ConsumerFacts = Omit<ConsumerMessage, "state" | "reason">

/**
 * Whether a consumer works. Stuck: it has messages to read or to acknowledge and did neither for `stuckAfterMs`.
 * Behind: it works, and its backlog grew from `earlier` to now. A consumer that never did anything is measured from
 * its creation.
 */
export const judgeConsumer = (
  facts: ConsumerFacts,
  nowMs: number,
  earlier?: { readonly backlog: number }
): ConsumerMessage => {
  const reported = (state: ConsumerMessage["state"], reason: string | null): ConsumerMessage => ({
    ...facts,
    state,
    reason
  })
  if (facts.backlog === 0 && facts.ack_pending === 0) return reported("idle", null)
  const work = facts.acknowledges ? facts.last_ack_ms : facts.last_delivery_ms
  const silentMs = nowMs - (work ?? facts.created_ms)
  // An old acknowledgement is normal on a quiet stream. What matters is that messages have waited since.
  const deliveredMs = facts.last_delivery_ms ?? facts.created_ms
  const oldestWaitMs = facts.backlog > 0 ? silentMs : Math.min(silentMs, nowMs - deliveredMs)
  if (oldestWaitMs >= stuckAfterMs) {
    const what = facts.acknowledges ? "acknowledged nothing" : "took nothing"
    const since = work === null ? "since it was made" : `for ${Math.round(silentMs / 1000)} s`
    return reported("stuck", `${what} ${since} with ${facts.backlog} unread and ${facts.ack_pending} unacknowledged`)
  }
  if (earlier !== undefined && facts.backlog > earlier.backlog)
    return reported("behind", `backlog grew by ${facts.backlog - earlier.backlog} while it was watched`)
  return reported("working", null)
}

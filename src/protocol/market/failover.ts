import { Schema } from "effect"
import { commandFields } from "../control/command.ts"
import { performedFields } from "../control/operations.ts"
import { waitMsMax } from "./subscriptions.ts"

const optionalMs = Schema.NullOr(Schema.Number)

export const switchKinds = ["failover", "failback"] as const
export const switchCauses = ["manual", "auto", "drill", "repair"] as const
export const switchResults = ["committed", "rolled_back", "cancelled"] as const

/**
 * One finished switch. `latency_ms`: from the command to the first valid tick of the new feed, null when none
 * arrived. `gap_ms`: from the last valid tick of the old feed to that tick, 0 when the two overlap. Times are ISO
 * 8601 in Asia/Shanghai. `kind`: away from `primary` (failover) or back to it (failback).
 */
export const SwitchMessage = Schema.Struct({
  id: Schema.String,
  kind: Schema.Literals(switchKinds),
  from: Schema.String,
  to: Schema.String,
  cause: Schema.Literals(switchCauses),
  forced: Schema.Boolean,
  result: Schema.Literals(switchResults),
  asked_at: Schema.String,
  committed_at: Schema.NullOr(Schema.String),
  ended_at: Schema.String,
  latency_ms: optionalMs,
  gap_ms: optionalMs,
  why: Schema.NullOr(Schema.String)
})
export type SwitchMessage = typeof SwitchMessage.Type

/**
 * State of the two feeds: part of a status, with two feeds only. `required`: the active feed delivers nothing, and no
 * switch is running.
 */
export const FailoverMessage = Schema.Struct({
  mode: Schema.Literals(["hot", "cold"]),
  feeds: Schema.Array(Schema.String),
  active: Schema.String,
  /** State of the machine `failover`. */
  state: Schema.String,
  switching_to: Schema.NullOr(Schema.String),
  held: Schema.Boolean,
  required: Schema.Boolean,
  switches: Schema.Array(
    Schema.Struct({ kind: Schema.String, cause: Schema.String, result: Schema.String, count: Schema.Int })
  ),
  /** The newest committed one, null before the first. */
  last_failover: Schema.NullOr(SwitchMessage),
  last_failback: Schema.NullOr(SwitchMessage)
})
export type FailoverMessage = typeof FailoverMessage.Type

/**
 * Commands `failover` (to `backup`) and `failback` (to `primary`). `wait_ms`: answer when it has ended, or
 * after this time.
 */
export const FailoverRequest = Schema.Struct({
  wait_ms: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: waitMsMax }))),
  /** Switches also to an unhealthy feed and during a hold. */
  force: Schema.optionalKey(Schema.Boolean),
  /** A drill: recorded as such. */
  drill: Schema.optionalKey(Schema.Boolean),
  ...commandFields
})
export type FailoverRequest = typeof FailoverRequest.Type

/** `switch`: the record of the switch; null when it has not ended yet, or the client did not wait for it. */
export const FailoverReply = Schema.Struct({
  ...performedFields,
  active: Schema.String,
  switch: Schema.NullOr(SwitchMessage)
})
export type FailoverReply = typeof FailoverReply.Type

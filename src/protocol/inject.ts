import { Schema } from "effect"

/** What a drill may do to a running daemon. */
export const faults = ["disconnect", "silence", "crash", "login-reject"] as const
export type Fault = (typeof faults)[number]
export const isFault = (text: string): text is Fault => (faults as ReadonlyArray<string>).includes(text)

/** Longest drill, milliseconds: what nobody ends must end by itself. */
export const drillMsMax = 3_600_000
/** How long a silence or a refused login lasts when the order does not say. */
export const drillMsDefault = 30_000

const text = (most: number) => Schema.String.check(Schema.isMaxLength(most))

/** Who says that they order it. NATS does not tell the receiver of a message who sent it: who may, its permissions decide. */
export const InjectedBy = Schema.Struct({ user: text(128), host: text(128), client: text(128) })

/**
 * Order to `md.ctl.<instance>.inject`. `for_ms`: how long a silence or refused logins last; the other faults are a moment.
 * Without `reason` or `by` the audit says so.
 */
export const InjectRequest = Schema.Struct({
  fault: text(64),
  feed: text(64),
  reason: Schema.optionalKey(text(500)),
  for_ms: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: drillMsMax }))),
  by: Schema.optionalKey(InjectedBy)
})
export type InjectRequest = typeof InjectRequest.Type

/** `done`: one sentence that says what was done; what follows from it is in the history of the feed's machines. */
export const InjectReply = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  id: Schema.String,
  fault: Schema.String,
  feed: Schema.String,
  at: Schema.String,
  done: Schema.String
})
export type InjectReply = typeof InjectReply.Type

/**
 * A line of the audit file. An injection is written as `accepted` before anything is done, and once more as `done` or
 * `failed` under the same `id`; one that is not done is one line `refused` with its code.
 */
export const AuditEntry = Schema.Struct({
  version: Schema.Literal(1),
  id: Schema.String,
  at: Schema.String,
  instance: Schema.String,
  result: Schema.Literals(["accepted", "done", "failed", "refused"]),
  fault: Schema.String,
  feed: Schema.String,
  for_ms: Schema.NullOr(Schema.Int),
  reason: Schema.String,
  by: InjectedBy,
  code: Schema.NullOr(Schema.String),
  message: Schema.String
})
export type AuditEntry = typeof AuditEntry.Type

import { Option, Schema } from "effect"

export const boundedText = (most: number) => Schema.String.check(Schema.isMaxLength(most))

/**
 * Who sent the command, by their own word. NATS does not give the receiver the sender of a message; its permissions
 * decide who may send.
 */
export const RequestedBy = Schema.Struct({ user: boundedText(128), host: boundedText(128), client: boundedText(128) })
export type RequestedBy = typeof RequestedBy.Type

/**
 * Fields that every command may have beside its own: a command is a request that changes something.
 * Without `reason` or `by` the audit says so. The same `request_id` with the same content is carried out once and
 * answered alike for as long as the daemon remembers it (the last 1,000); with another content it is refused.
 */
export const commandFields = {
  reason: Schema.optionalKey(boundedText(500)),
  by: Schema.optionalKey(RequestedBy),
  request_id: Schema.optionalKey(boundedText(64))
}

/** What the audit reads of any command. */
export interface CommandFields {
  readonly reason?: string
  readonly by?: RequestedBy
  readonly request_id?: string
}

const fieldReaders = {
  reason: Schema.decodeUnknownOption(commandFields.reason.schema),
  by: Schema.decodeUnknownOption(commandFields.by.schema),
  request_id: Schema.decodeUnknownOption(commandFields.request_id.schema)
}

/** Who asked and why, of a command that cannot be read as a whole: each field that is there and right. */
export const commandFieldsOf = (payload: Uint8Array): CommandFields => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload))
  } catch {
    return {}
  }
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const reason = Option.getOrUndefined(fieldReaders.reason(fields["reason"]))
  const by = Option.getOrUndefined(fieldReaders.by(fields["by"]))
  const requestId = Option.getOrUndefined(fieldReaders.request_id(fields["request_id"]))
  return {
    ...(reason !== undefined && { reason }),
    ...(by !== undefined && { by }),
    ...(requestId !== undefined && { request_id: requestId })
  }
}

/**
 * What the audit keeps of a command. It is written as `accepted` before anything is done, and once more as `done` or
 * `failed` under the same `id`; one that is not done is one entry `refused` with its code.
 * `request`: the command's own fields, long lists by their length and first items. `folded`: so many refusals of the
 * same verb and code before this one came too fast for entries of their own; what is carried out is never folded in
 * the file. In an event `folded` counts entries of the same verb and result before it that are in the file only.
 */
export const AuditEntry = Schema.Struct({
  version: Schema.Literal(2),
  id: Schema.String,
  at: Schema.String,
  instance: Schema.String,
  verb: Schema.String,
  result: Schema.Literals(["accepted", "done", "failed", "refused"]),
  request: Schema.Record(Schema.String, Schema.Unknown),
  request_id: Schema.NullOr(Schema.String),
  reason: Schema.String,
  by: RequestedBy,
  code: Schema.NullOr(Schema.String),
  message: Schema.String,
  folded: Schema.optionalKey(Schema.Int)
})
export type AuditEntry = typeof AuditEntry.Type

/**
 * A line of the audit file: an entry and its place in the chain. `hash` is the SHA-256, in hexadecimal, of the text of
 * the line up to and without `,"hash"`; `prev` is the hash of the line before, 64 zeros for the first. A line that is
 * changed, removed or inserted breaks the chain behind it.
 */
export const AuditLine = Schema.Struct({
  entry: AuditEntry,
  seq: Schema.Int,
  prev: Schema.String,
  /** Text of a torn line before this one: the process or the machine died while it was written. */
  torn: Schema.optionalKey(Schema.String),
  hash: Schema.String
})
export type AuditLine = typeof AuditLine.Type

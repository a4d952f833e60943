import { Schema } from "effect"
import { type CommandSpec, codesOf, query, type RequestSchema } from "./command-spec.ts"
import { EmptyRequest } from "./state.ts"

/**
 * One entry of a daemon's command table. `subject`: null where only any one of several daemons is asked, on
 * `shared_subject`. `request`: the JSON Schema (draft 2020-12) of the request, for forms.
 * `rate`: requests a second, at once, and in progress; entries with the same `rate.name` share it.
 */
export const CommandMessage = Schema.Struct({
  name: Schema.String,
  subject: Schema.NullOr(Schema.String),
  shared_subject: Schema.NullOr(Schema.String),
  description: Schema.String,
  description_zh: Schema.String,
  permission: Schema.Literals(["ask", "command", "drill"]),
  mutating: Schema.Boolean,
  emergency: Schema.Boolean,
  while_stopping: Schema.Boolean,
  rate: Schema.Struct({
    name: Schema.String,
    per_second: Schema.Int,
    burst: Schema.Int,
    in_progress_max: Schema.Int
  }),
  bytes_max: Schema.Int,
  request: Schema.Record(Schema.String, Schema.Unknown),
  codes: Schema.Array(Schema.String)
})
export type CommandMessage = typeof CommandMessage.Type

export const CommandsReply = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  /** `market`. */
  role: Schema.String,
  commands: Schema.Array(CommandMessage)
})
export type CommandsReply = typeof CommandsReply.Type

/** The entry that lists a daemon's table. Every role has it. */
export const commandsQuery = query({
  name: "commands",
  request: EmptyRequest,
  reply: CommandsReply,
  codes: [],
  whileStopping: true,
  description: "List what the daemon answers: queries and commands, with the schema of each request.",
  descriptionZh: "列出守护进程支持的全部查询与指令，以及各自的请求格式。",
  example: {}
})

/** JSON Schema of an object, with its properties in their sequence. A property that it does not have is refused. */
const jsonSchemaOf = (schema: RequestSchema): Readonly<Record<string, unknown>> => {
  // Effect writes an object without fields as "anything but null".
  if (Object.keys(schema.fields).length === 0) return { type: "object", properties: {}, additionalProperties: false }
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  const definitions = Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions }
  return { ...document.schema, ...definitions }
}

export const commandMessage = (spec: CommandSpec, subject: string): CommandMessage => ({
  name: spec.name,
  subject: spec.sharedOnly === true ? null : subject,
  shared_subject: spec.shared?.subject ?? null,
  description: spec.description,
  description_zh: spec.descriptionZh,
  permission: spec.permission,
  mutating: spec.mutating,
  emergency: spec.emergency,
  while_stopping: spec.whileStopping,
  rate: {
    name: spec.limit.name,
    per_second: spec.limit.perSecond,
    burst: spec.limit.burst,
    in_progress_max: spec.limit.inProgressMax
  },
  bytes_max: spec.bytesMax,
  request: jsonSchemaOf(spec.request),
  codes: codesOf(spec)
})

import type { Schema } from "effect"
import { requestBytesMax } from "./control.ts"
import type { ControlErrorCode } from "./error-codes.ts"

/**
 * What a NATS user needs. `ask`: may read. `command`: may change what the daemon does. `drill`: may inject faults.
 * `deploy/nats/secure/accounts.conf` grants all three to the user `ops` and none to readers of ticks.
 */
type Permission = "ask" | "command" | "drill"

/**
 * A limit that all entries with the same `name` share. `inProgressMax`: requests that were accepted and are not
 * answered yet.
 */
export interface RateLimit {
  readonly name: string
  readonly perSecond: number
  readonly burst: number
  readonly inProgressMax: number
}

/** Many times what people and scripts send, and too few to delay a tick. */
export const queryLimit: RateLimit = { name: "queries", perSecond: 200, burst: 400, inProgressMax: 1000 }
export const commandLimit: RateLimit = { name: "commands", perSecond: 20, burst: 60, inProgressMax: 250 }

export type RequestSchema = Schema.Struct<Schema.Struct.Fields>

/** A subject that any one of several daemons answers, beside the subject with the instance. */
export interface SharedSubject {
  /** Name of the NATS endpoint. */
  readonly endpoint: string
  readonly subject: string
  /** Keys that a refusal carries too, for clients that read them without looking for `error`. */
  readonly onRefusal?: Readonly<Record<string, unknown>>
}

/**
 * One entry of a daemon's command table, without its handler. NATS endpoints, the reply of `commands`, forms of
 * clients and `docs/reference/control.md` come from it.
 */
export interface CommandSpec {
  /** Last token of the subject and name of the endpoint. */
  readonly name: string
  readonly request: RequestSchema
  readonly reply: Schema.Top
  readonly permission: Permission
  /** Changes something: carried out once for each `request_id`. */
  readonly mutating: boolean
  /**
   * Where a command is recorded before it is carried out. `file`: in the hash-chained audit. `book`: by its own row in
   * the book of orders; only what is refused is in the audit (decision 20).
   */
  readonly record: "file" | "book"
  /** Carried out also when the audit cannot be written. */
  readonly emergency: boolean
  /** Answered while the daemon drains. */
  readonly whileStopping: boolean
  readonly limit: RateLimit
  /** Bytes of a request. */
  readonly bytesMax: number
  /** One line each: what it does, in the imperative. */
  readonly description: string
  readonly descriptionZh: string
  /** Codes of its own. `codesOf` adds those that any entry may answer with. */
  readonly codes: ReadonlyArray<ControlErrorCode>
  /** A request that decodes, for the reference page. */
  readonly example: Readonly<Record<string, unknown>>
  readonly shared?: SharedSubject
  /** Answered on the shared subject only. */
  readonly sharedOnly?: boolean
}

type Text = Pick<CommandSpec, "description" | "descriptionZh" | "example" | "shared" | "sharedOnly">

/** A request that reads. */
export const query = <Request extends RequestSchema, Reply extends Schema.Top, const Code extends ControlErrorCode>(
  spec: Text & {
    readonly name: string
    readonly request: Request
    readonly reply: Reply
    readonly codes: ReadonlyArray<Code>
    readonly whileStopping?: boolean
  }
) => ({
  permission: "ask" as const,
  mutating: false as const,
  record: "file" as const,
  emergency: false,
  whileStopping: false,
  limit: queryLimit,
  bytesMax: requestBytesMax,
  ...spec
})

/** A request that changes something. `permission` is `command` unless given. */
export const command = <Request extends RequestSchema, Reply extends Schema.Top, const Code extends ControlErrorCode>(
  spec: Text & {
    readonly name: string
    readonly request: Request
    readonly reply: Reply
    readonly codes: ReadonlyArray<Code>
    readonly permission?: "command" | "drill"
    readonly record?: "file" | "book"
    readonly emergency?: boolean
    readonly limit?: RateLimit
    readonly bytesMax?: number
  }
) => ({
  permission: "command" as "command" | "drill",
  mutating: true as const,
  record: "file" as "file" | "book",
  emergency: false,
  whileStopping: false,
  limit: commandLimit,
  bytesMax: requestBytesMax,
  ...spec
})

const anyCodes = [
  "MALFORMED_REQUEST",
  "UNKNOWN_FIELD",
  "REQUEST_TOO_LARGE",
  "RATE_LIMITED",
  "REPLY_TOO_LARGE",
  "INTERNAL"
] as const

/** Every code that an entry may answer with. */
export const codesOf = (
  spec: Pick<CommandSpec, "codes" | "mutating" | "record" | "emergency" | "whileStopping">
): ReadonlyArray<ControlErrorCode> => [
  ...new Set<ControlErrorCode>([
    ...spec.codes,
    ...(spec.mutating ? (["DUPLICATE_REQUEST_ID"] as const) : []),
    ...(spec.mutating && spec.record === "file" && !spec.emergency ? (["AUDIT_FAILED"] as const) : []),
    ...(spec.whileStopping ? [] : (["STOPPING"] as const)),
    ...anyCodes
  ])
]

import { Effect, Result, Schema } from "effect"

/**
 * Why a daemon refused a request. Stable: scripts may switch on them. Nothing was done, with these exceptions:
 * `REPLY_TOO_LARGE`: a command was carried out, and the NATS server does not carry the reply.
 * `SWITCH_ROLLED_BACK` and `SWITCH_CANCELLED`: a switch of the feed was begun, and the old feed is active as before.
 * `LOGIN_ROLLED_BACK` and `LOGIN_LOST`: a login was begun; the former secret is in use again, or no login is proved.
 * `NOT_NOW` after the audit entry `accepted`: the attempt failed. `INTERNAL`: not known.
 * `MALFORMED_REQUEST` and `UNKNOWN_FIELD`: the request was not read. `STOPPING`: the daemon drains.
 * `RATE_LIMITED`: too many requests a second, or too many in progress. `NOT_NOW`: possible in another state only.
 */
export const ControlErrorCode = Schema.Literals([
  "UNKNOWN_VERB",
  "MALFORMED_REQUEST",
  "REQUEST_TOO_LARGE",
  "UNKNOWN_FIELD",
  "UNKNOWN_ACTOR",
  "UNKNOWN_FAULT",
  "UNKNOWN_FEED",
  "STOPPING",
  "DRILLS_DISABLED",
  "DRILL_NOT_POSSIBLE",
  "AUDIT_FAILED",
  "RATE_LIMITED",
  "DUPLICATE_REQUEST_ID",
  "TOO_MANY_SYMBOLS",
  "NOTHING_ASKED",
  "UNKNOWN_CHILD",
  "UNKNOWN_CURSOR",
  "NOT_NOW",
  "REPLY_TOO_LARGE",
  "NO_SECOND_FEED",
  "ALREADY_ACTIVE",
  "FEED_NOT_HEALTHY",
  "SWITCH_HELD",
  "SWITCH_BUSY",
  "SWITCH_ROLLED_BACK",
  "SWITCH_CANCELLED",
  "FEED_IS_ACTIVE",
  "SECRET_NOT_FILE",
  "SECRET_UNREADABLE",
  "LOGIN_ROLLED_BACK",
  "LOGIN_LOST",
  "INTERNAL"
])
export type ControlErrorCode = typeof ControlErrorCode.Type

/** A request that was refused. `message` is one sentence that names the thing and the fix. */
export class ControlError extends Schema.TaggedError<ControlError>()("ControlError", {
  code: ControlErrorCode,
  message: Schema.String
}) {}

/** A `ControlError` whose code is one of `Code`. */
export type ControlErrorOf<Code extends ControlErrorCode> = ControlError & { readonly code: Code }

export const controlError = <const Code extends ControlErrorCode>(code: Code, message: string): ControlErrorOf<Code> =>
  new ControlError({ code, message }) as ControlErrorOf<Code>

/** Fails with a `ControlError`. */
export const refuse = <const Code extends ControlErrorCode>(
  code: Code,
  message: string
): Effect.Effect<never, ControlErrorOf<Code>> => Effect.fail(controlError(code, message))

/** A refusal on the wire; any other reply has no key `error`. */
export const ControlErrorMessage = Schema.Struct({
  error: Schema.Struct({ code: Schema.String, message: Schema.String })
})
export type ControlErrorMessage = typeof ControlErrorMessage.Type

/** Number for the header `Nats-Service-Error-Code`, in HTTP's words since the tools of NATS show it beside the text. */
export const statusOfCode: Readonly<Record<ControlErrorCode, number>> = {
  UNKNOWN_VERB: 404,
  MALFORMED_REQUEST: 400,
  REQUEST_TOO_LARGE: 413,
  UNKNOWN_FIELD: 400,
  UNKNOWN_ACTOR: 404,
  UNKNOWN_FAULT: 404,
  UNKNOWN_FEED: 404,
  STOPPING: 503,
  DRILLS_DISABLED: 403,
  DRILL_NOT_POSSIBLE: 409,
  AUDIT_FAILED: 500,
  RATE_LIMITED: 429,
  DUPLICATE_REQUEST_ID: 409,
  TOO_MANY_SYMBOLS: 413,
  NOTHING_ASKED: 400,
  UNKNOWN_CHILD: 404,
  UNKNOWN_CURSOR: 400,
  NOT_NOW: 409,
  REPLY_TOO_LARGE: 413,
  NO_SECOND_FEED: 409,
  ALREADY_ACTIVE: 409,
  FEED_NOT_HEALTHY: 409,
  SWITCH_HELD: 409,
  SWITCH_BUSY: 409,
  SWITCH_ROLLED_BACK: 504,
  SWITCH_CANCELLED: 409,
  FEED_IS_ACTIVE: 409,
  SECRET_NOT_FILE: 409,
  SECRET_UNREADABLE: 409,
  LOGIN_ROLLED_BACK: 504,
  LOGIN_LOST: 504,
  INTERNAL: 500
}

/** Bytes of a request without a list; what an operator sends fits many times over. */
export const requestBytesMax = 4096
/** Bytes of a request with a list of symbols: 20,000 of them with room to spare. */
export const listBytesMax = 786_432
/** Bytes of a reply: NATS carries 1 MiB a message unless its server is configured otherwise. */
export const replyBytesMax = 1_000_000

const unreadable = (code: ControlErrorCode, message: string) => Result.fail(controlError(code, message))

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/**
 * Reads the JSON object of a request against its schema; an empty payload is an empty object. A field that the schema
 * does not have is refused by name: a misspelt field must not change what the request means.
 */
export const readRequest = <S extends Schema.Struct<Schema.Struct.Fields>>(
  schema: S,
  payload: Uint8Array,
  bytesMax = requestBytesMax
): Result.Result<S["Type"], ControlError> => {
  if (payload.length > bytesMax) {
    return unreadable(
      "REQUEST_TOO_LARGE",
      `The request has ${payload.length} bytes and ${bytesMax} are allowed: send the fields only, or several requests.`
    )
  }
  const known = Object.keys(schema.fields)
  const fields = known.length === 0 ? "it takes no field" : `its fields are ${known.join(", ")}`
  let value: unknown = {}
  try {
    if (payload.length > 0) value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload))
  } catch {
    return unreadable("MALFORMED_REQUEST", `The request is not JSON: send one JSON object, or nothing; ${fields}.`)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return unreadable("MALFORMED_REQUEST", `The request is no JSON object: send one; ${fields}.`)
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return unreadable("UNKNOWN_FIELD", `The request has an unknown field ${shown(unknown)}: ${fields}.`)
  }
  const decoded = Schema.decodeUnknownResult(schema as unknown as Schema.Codec<S["Type"], unknown>)(value)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const why = decoded.failure.message.replace(/\s+/g, " ").trim()
  return unreadable("MALFORMED_REQUEST", `The request cannot be used (${why}): correct that field.`)
}

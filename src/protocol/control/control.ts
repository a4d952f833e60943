import { Result, Schema } from "effect"

/**
 * Why a daemon does not do what was asked. Stable: scripts may switch on them.
 * `UNKNOWN_FIELD` and `MALFORMED_REQUEST`: nothing was read from the request. `STOPPING`: the daemon drains and takes no
 * more commands. `DRILLS_DISABLED`, `DRILL_NOT_POSSIBLE`, `AUDIT_FAILED`: nothing was done. `RATE_LIMITED`: more requests a
 * second than allowed, ask again later. `NOT_NOW`: possible in another state only. `REPLY_TOO_LARGE`: what was asked is known,
 * or done if it was a command, and the NATS server does not carry the answer. `SWITCH_ROLLED_BACK` and `SWITCH_CANCELLED`: a
 * switch of the feed was begun, and the old feed is active as before.
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
  "INTERNAL"
])
export type ControlErrorCode = typeof ControlErrorCode.Type

/** A request that was refused. `message` is one sentence that names the thing and the fix. */
export class ControlError extends Schema.TaggedError<ControlError>()("ControlError", {
  code: ControlErrorCode,
  message: Schema.String
}) {}

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
  INTERNAL: 500
}

/** Bytes of a request; what an operator asks fits many times over. */
export const requestBytesMax = 4096
/** Bytes of a request with a list of symbols: 20,000 of them with room to spare. */
export const listBytesMax = 786_432
/** Bytes of a reply: NATS carries 1 MiB a message unless its server is told otherwise. */
export const replyBytesMax = 1_000_000

const refuse = (code: ControlErrorCode, message: string) => Result.fail(new ControlError({ code, message }))

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/**
 * Reads a request's JSON object against its schema; an empty payload is an empty object. Fields that the schema does not
 * have are refused by name: an operator's slip must not be taken for the question without it.
 */
export const readRequest = <S extends Schema.Struct<Schema.Struct.Fields>>(
  schema: S,
  payload: Uint8Array,
  bytesMax = requestBytesMax
): Result.Result<S["Type"], ControlError> => {
  if (payload.length > bytesMax) {
    return refuse(
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
    return refuse("MALFORMED_REQUEST", `The request is not JSON: send one JSON object, or nothing; ${fields}.`)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("MALFORMED_REQUEST", `The request is no JSON object: send one; ${fields}.`)
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return refuse("UNKNOWN_FIELD", `The request has a field ${shown(unknown)} that nobody reads: ${fields}.`)
  }
  const decoded = Schema.decodeUnknownResult(schema as unknown as Schema.Codec<S["Type"], unknown>)(value)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const why = decoded.failure.message.replace(/\s+/g, " ").trim()
  return refuse("MALFORMED_REQUEST", `The request cannot be used (${why}): correct that field.`)
}

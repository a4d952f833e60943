import { Effect, Result, Schema } from "effect"
import { hasLongNumber } from "../../kernel/json-number.ts"
import { ControlErrorCode } from "./error-codes.ts"

/** One reason or one warning of a refusal that has several. `outcome`: `refuse` or `warn`. */
export const ControlFinding = Schema.Struct({ code: Schema.String, outcome: Schema.String, message: Schema.String })
export type ControlFinding = typeof ControlFinding.Type

/**
 * A request that was refused. `message` is one sentence that names the thing and the fix. `findings`: everything that
 * was found, where a request is judged by several checks.
 */
export class ControlError extends Schema.TaggedError<ControlError>()("ControlError", {
  code: ControlErrorCode,
  message: Schema.String,
  findings: Schema.optionalKey(Schema.Array(ControlFinding))
}) {}

/** A `ControlError` whose code is one of `Code`. */
export type ControlErrorOf<Code extends ControlErrorCode> = ControlError & { readonly code: Code }

export const controlError = <const Code extends ControlErrorCode>(
  code: Code,
  message: string,
  findings?: ReadonlyArray<ControlFinding>
): ControlErrorOf<Code> =>
  new ControlError({ code, message, ...(findings === undefined ? {} : { findings }) }) as ControlErrorOf<Code>

/** Fails with a `ControlError`. */
export const refuse = <const Code extends ControlErrorCode>(
  code: Code,
  message: string
): Effect.Effect<never, ControlErrorOf<Code>> => Effect.fail(controlError(code, message))

/** A refusal on the wire; any other reply has no key `error`. */
export const ControlErrorMessage = Schema.Struct({
  error: Schema.Struct({
    code: Schema.String,
    message: Schema.String,
    findings: Schema.optionalKey(Schema.Array(ControlFinding))
  })
})
export type ControlErrorMessage = typeof ControlErrorMessage.Type

/** The body of a refusal, the same over NATS and HTTP. */
export const refusalBody = ({ code, findings, message }: ControlError): ControlErrorMessage => ({
  error: { code, message, ...(findings === undefined ? {} : { findings }) }
})

/** Bytes of a request without a list; what an operator sends fits many times over. */
export const requestBytesMax = 4096
/** Bytes of a request with a list of symbols: 20,000 of them with room to spare. */
export const listBytesMax = 786_432
/** Bytes of a reply: NATS carries 1 MiB a message unless its server is configured otherwise. */
export const replyBytesMax = 1_000_000

const unreadable = (code: ControlErrorCode, message: string) => Result.fail(controlError(code, message))

const strict = { onExcessProperty: "error" } as const

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
  let text = ""
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload)
    if (payload.length > 0) value = JSON.parse(text)
  } catch {
    return unreadable("MALFORMED_REQUEST", `The request is not JSON: send one JSON object, or nothing; ${fields}.`)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return unreadable("MALFORMED_REQUEST", `The request is no JSON object: send one; ${fields}.`)
  }
  if (hasLongNumber(text)) {
    return unreadable("MALFORMED_REQUEST", "The request has a number with more than 15 digits: send it as text.")
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return unreadable("UNKNOWN_FIELD", `The request has an unknown field ${shown(unknown)}: ${fields}.`)
  }
  // Fields within fields too: the JSON Schema of a request says that it has no others.
  const decoded = Schema.decodeUnknownResult(schema as unknown as Schema.Codec<S["Type"], unknown>, strict)(value)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const why = decoded.failure.message.replace(/\s+/g, " ").trim()
  return unreadable("MALFORMED_REQUEST", `The request cannot be used (${why}): correct that field.`)
}

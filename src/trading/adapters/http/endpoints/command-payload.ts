import { Result } from "effect"
import { hasLongNumber } from "../../../../kernel/json-number.ts"
import type { RequestedBy } from "../../../../protocol/control/command.ts"
import type { TradingSpec } from "../../../../protocol/trading/route.ts"
import type { ApiRequest } from "../endpoint.ts"
import type { Problem } from "../problem.ts"

/** Bytes that a path and an idempotency key may add to a body. */
export const addedBytesMax = 512

type Fields = Readonly<Record<string, unknown>>
type Read = Result.Result<Fields, Problem>

const malformed = (detail: string): Read => Result.fail({ status: 400, code: "MALFORMED_REQUEST", detail })

const utf8 = new TextDecoder("utf-8", { fatal: true })

const bodyFields = (body: Uint8Array): Read => {
  if (body.length === 0) return Result.succeed({})
  let text: string
  let json: unknown
  try {
    text = utf8.decode(body)
    json = JSON.parse(text)
  } catch {
    return malformed("The body is not JSON: send one JSON object.")
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return malformed("The body is no JSON object: send one.")
  }
  return hasLongNumber(text)
    ? malformed("The body has a number with more than 15 digits: send it as text.")
    : Result.succeed(json as Fields)
}

const keyForm = /^[\x21-\x7e]{1,64}$/

/** `Idempotency-Key` is the request's `request_id`, in the header where HTTP has it. */
const requestIdOf = (spec: TradingSpec, { headers }: ApiRequest, fields: Fields): Read => {
  const key = headers["idempotency-key"]
  if (key === undefined || !spec.mutating || !("request_id" in spec.request.fields)) return Result.succeed({})
  if (!keyForm.test(key)) return malformed("Idempotency-Key: use 1 to 64 printable characters without a space.")
  return fields["request_id"] === undefined || fields["request_id"] === key
    ? Result.succeed({ request_id: key })
    : malformed("Idempotency-Key and request_id differ: send one of them.")
}

/** The caller is whom the token names, whatever the body says. */
export const requestedBy = ({ caller, headers, remoteAddress }: ApiRequest): RequestedBy => ({
  user: (caller?.name ?? "not given").slice(0, 128),
  host: remoteAddress.slice(0, 128),
  client: (headers["user-agent"] ?? "http").slice(0, 128)
})

/**
 * The request of a command in the form of the table: path and query, or path and body, in one object. A field that is
 * in the path and in the body too is refused: which one holds would be a guess. What the fields must be is checked by
 * the table's own reader.
 */
export const commandPayload = (spec: TradingSpec, request: ApiRequest): Read => {
  const { params, query } = request
  const isGet = spec.http.method === "GET"
  if (!isGet && Object.keys(query).length > 0) {
    return malformed("This request takes no query: send its fields as JSON.")
  }
  return Result.flatMap(isGet ? Result.succeed<Fields>(query) : bodyFields(request.body), (fields) => {
    const twice = Object.keys(params).find((name) => Object.hasOwn(fields, name))
    if (twice !== undefined) {
      return malformed(`${twice} is in the path already: leave it out of the ${isGet ? "query" : "body"}.`)
    }
    return Result.map(requestIdOf(spec, request, fields), (id) => ({ ...fields, ...params, ...id }))
  })
}

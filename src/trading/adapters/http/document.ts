import { Schema } from "effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import type { Endpoint } from "./endpoint.ts"
import { problemType } from "./problem.ts"

/**
 * Endpoints with a token. The token was checked before the request came here; the check is repeated by looking for its
 * result, so that a route that no admission guards is closed.
 */
export class Access extends HttpApiMiddleware.Service<Access>()("tickd/trading/http/Access", {
  security: { bearer: HttpApiSecurity.bearer }
}) {}

/** Codes that any request may be refused with, by status. */
const anyProblems: ReadonlyArray<readonly [number, ReadonlyArray<string>]> = [
  [413, ["REQUEST_TOO_LARGE"]],
  [429, ["RATE_LIMITED"]],
  [500, ["INTERNAL"]],
  [503, ["STOPPING", "BUSY"]]
]
const bodyProblems: typeof anyProblems = [[415, ["NOT_JSON"]]]
const tokenProblems: typeof anyProblems = [
  [401, ["TOKEN_MISSING", "TOKEN_UNKNOWN", "TOKEN_EXPIRED", "TOKEN_REVOKED"]],
  [403, ["FORBIDDEN"]],
  [503, ["TOKENS_UNREADABLE"]]
]

/** All refusals of an endpoint: codes by status, statuses in ascending sequence. */
export const problemsOf = (endpoint: Endpoint): ReadonlyMap<number, ReadonlyArray<string>> => {
  const all = [
    ...endpoint.problems,
    ...anyProblems,
    ...(endpoint.bytesMax > 0 ? bodyProblems : []),
    ...(endpoint.access === "open" || endpoint.access === "signed" ? [] : tokenProblems)
  ]
  const found = new Map<number, Set<string>>()
  for (const [status, codes] of all) {
    const known = found.get(status) ?? new Set()
    for (const code of codes) known.add(code)
    found.set(status, known)
  }
  return new Map(
    [...found].sort(([one], [other]) => one - other).map(([status, codes]) => [status, [...codes].sort()] as const)
  )
}

const problemSchema = (status: number, codes: ReadonlyArray<string>) =>
  Schema.Struct({
    type: Schema.String,
    title: Schema.String,
    status: Schema.Int,
    code: Schema.Literals(codes as readonly [string, ...ReadonlyArray<string>]),
    detail: Schema.String
  }).pipe(HttpApiSchema.asJson({ contentType: problemType }), HttpApiSchema.status(status))

const endpointOf = (endpoint: Endpoint) => {
  const { access, method, name, params, payload, query, success } = endpoint
  const hasAny = (fields: Schema.Struct.Fields) => Object.keys(fields).length > 0
  const made = HttpApiEndpoint.make(method)(name, endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1") as `/${string}`, {
    disableCodecs: true,
    ...(hasAny(params) && { params: params as never }),
    ...(hasAny(query) && { query: query as never }),
    ...(payload !== undefined && { payload: Schema.Struct(payload) as never }),
    success: [success.status, ...(success.more ?? [])].map((status) =>
      success.reply.pipe(HttpApiSchema.status(status) as never)
    ) as never,
    error: [...problemsOf(endpoint)].map(([status, codes]) => problemSchema(status, codes)) as never
  })
  const needs =
    access === "open" ? "No token." : access === "signed" ? "Signed by the venue." : `Roles: ${access.join(", ")}.`
  return made
    .annotate(OpenApi.Summary, endpoint.summary)
    .annotate(OpenApi.Description, `${endpoint.summary} ${needs} Rate: ${endpoint.limit}.`)
}

const isGuarded = ({ access }: Endpoint): boolean => access !== "open" && access !== "signed"

const groupOf = (tag: string, endpoints: ReadonlyArray<Endpoint>): HttpApiGroup.Top => {
  const made = endpoints.map((endpoint) => {
    const one = endpointOf(endpoint)
    return isGuarded(endpoint) ? one.middleware(Access as never) : one
  })
  return HttpApiGroup.make(tag).add(...(made as never)) as unknown as HttpApiGroup.Top
}

/** The groups of the endpoints, in their sequence. */
export const tagsOf = (endpoints: ReadonlyArray<Endpoint>): ReadonlyArray<string> => [
  ...new Set(endpoints.map(({ tag }) => tag))
]

/** The API of a table of endpoints. */
export const apiOf = (endpoints: ReadonlyArray<Endpoint>) => {
  const groups = tagsOf(endpoints).map((tag) =>
    groupOf(
      tag,
      endpoints.filter((endpoint) => endpoint.tag === tag)
    )
  )
  const [first, ...others] = groups
  if (first === undefined) throw new Error("an API without endpoints")
  return HttpApi.make("tickd-trade").add(first, ...others)
}

/** Its document: OpenAPI 3.1. */
export const openApiOf = (endpoints: ReadonlyArray<Endpoint>, version: string) => ({
  ...OpenApi.fromApi(apiOf(endpoints)),
  openapi: "3.1.0" as const,
  info: { title: "tickd trade", version, description: "The trading API of tickd." }
})

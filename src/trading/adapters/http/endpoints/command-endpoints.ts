import { Effect, Result, Schema } from "effect"
import type { RequestedBy } from "../../../../protocol/control/command.ts"
import { codesOf } from "../../../../protocol/control/command-spec.ts"
import type { ControlError } from "../../../../protocol/control/control.ts"
import { statusOfCode } from "../../../../protocol/control/error-codes.ts"
import type { TradingSpec } from "../../../../protocol/trading/route.ts"
import type { LimitClass } from "../admission/route.ts"
import type { ApiAnswer, Endpoint } from "../endpoint.ts"
import { type Problem, retryAfter } from "../problem.ts"
import { addedBytesMax, commandPayload, requestedBy } from "./command-payload.ts"

/**
 * Carries out a request of the command table: the same reader, checks, audit and handler as over NATS. Succeeds with
 * the reply as it is on the wire. `caller` stands for what the request says of its sender.
 */
export type PerformCommand = (
  name: string,
  payload: Uint8Array,
  caller: RequestedBy
) => Effect.Effect<unknown, ControlError>

/** A refusal in the form of HTTP. The reference has `error` where the fat finger was. */
export const controlProblem = ({ code, findings, message }: ControlError): Problem => ({
  status: statusOfCode[code],
  code,
  detail: message,
  ...(code === "RATE_LIMITED" && { headers: retryAfter(1000) }),
  more: {
    ...(code === "FAT_FINGER" && { error: "Fat-finger threshold exceeded" }),
    ...(findings !== undefined && { findings })
  }
})

const limitOf = ({ mutating, name }: TradingSpec): LimitClass => {
  if (name === "order-submit") return "submit"
  if (name === "order-cancel") return "cancel"
  if (name === "order-modify") return "modify"
  return mutating ? "safety" : "read"
}

const problemsOf = (spec: TradingSpec): ReadonlyMap<number, ReadonlyArray<string>> => {
  const found = new Map<number, Array<string>>()
  for (const code of codesOf(spec)) {
    const status = statusOfCode[code]
    found.set(status, [...(found.get(status) ?? []), code])
  }
  return found
}

/** A new order is 201, one that was there before 200; an unhealthy daemon says so in its status too. */
const statusOf = (spec: TradingSpec, reply: unknown): number => {
  const fields = reply as { readonly repeat?: unknown; readonly status?: unknown }
  if (spec.name === "order-submit") return fields.repeat === true ? 200 : 201
  if (spec.name === "health" && fields.status === "unhealthy") return 503
  return spec.http.status
}
const moreStatuses: Readonly<Record<string, ReadonlyArray<number>>> = { "order-submit": [201] }

/** Without a token a probe learns whether the daemon is well, and not why it is not. */
const publicHealth = (reply: unknown): unknown => ({ ...(reply as object), reasons: [] })

const pick = (fields: Schema.Struct.Fields, keep: (name: string) => boolean): Schema.Struct.Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => keep(name)))

const tags: Readonly<Record<string, string>> = {
  orders: "orders",
  positions: "orders",
  "kill-switch": "safety",
  "circuit-breaker": "safety",
  safety: "safety",
  flatten: "safety",
  mode: "safety",
  "fat-finger": "limits",
  limits: "limits",
  strategies: "limits",
  reconciliation: "reconciliation"
}
/** Group of a path in the document, by its first part behind the version. */
const tagOf = (path: string): string => tags[path.split("/")[3] ?? ""] ?? "daemon"

/** The endpoint of one entry of the table. */
const endpointOf = (spec: TradingSpec, perform: PerformCommand): Endpoint => {
  const { http, request } = spec
  const inPath = new Set([...http.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string))
  const isGet = http.method === "GET"
  const isHealth = spec.name === "health"
  const rest = pick(request.fields, (name) => !inPath.has(name) && name !== "by")
  return {
    name: spec.name,
    method: http.method,
    path: http.path as `/${string}`,
    access: isHealth ? "open" : spec.roles,
    limit: limitOf(spec),
    bytesMax: isGet ? 0 : spec.bytesMax - addedBytesMax,
    summary: spec.description,
    tag: tagOf(http.path),
    params: pick(request.fields, (name) => inPath.has(name)),
    query: isGet ? rest : {},
    payload: isGet ? undefined : rest,
    success: { status: http.status, reply: spec.reply, more: moreStatuses[spec.name] ?? [] },
    problems: problemsOf(spec),
    answer: Effect.fnUntraced(function* (input): Effect.fn.Return<ApiAnswer, Problem> {
      const payload = commandPayload(spec, input)
      if (Result.isFailure(payload)) return yield* Effect.fail(payload.failure)
      const bytes = new TextEncoder().encode(JSON.stringify(payload.success))
      const reply = yield* Effect.mapError(perform(spec.name, bytes, requestedBy(input)), controlProblem)
      const isGuest = isHealth && input.caller === undefined
      return { status: statusOf(spec, reply), body: isGuest ? publicHealth(reply) : reply }
    })
  }
}

export const commandEndpoints = (
  specs: Readonly<Record<string, TradingSpec>>,
  perform: PerformCommand
): ReadonlyArray<Endpoint> => Object.values(specs).map((spec) => endpointOf(spec, perform))

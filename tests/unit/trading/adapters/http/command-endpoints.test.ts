// HTTP is a translation of the command table: the table decides what a request means, and the token who sent it.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { controlError } from "../../../../../src/protocol/control/control.ts"
import { tradingCommands } from "../../../../../src/protocol/trading/commands.ts"
import type { ApiAnswer, ApiRequest } from "../../../../../src/trading/adapters/http/endpoint.ts"
import { commandEndpoints } from "../../../../../src/trading/adapters/http/endpoints/command-endpoints.ts"
import { commandPayload } from "../../../../../src/trading/adapters/http/endpoints/command-payload.ts"
import type { Problem } from "../../../../../src/trading/adapters/http/problem.ts"

const caller = { tokenId: "t", name: "robot", roles: new Set(["trader" as const]) }
const request = (more: Partial<ApiRequest> & { readonly json?: unknown } = {}): ApiRequest => ({
  caller,
  params: {},
  query: {},
  headers: { "user-agent": "curl" },
  body: more.json === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(more.json)),
  remoteAddress: "127.0.0.1",
  ...more
})

const payload = (name: keyof typeof tradingCommands, more: Parameters<typeof request>[0] = {}) => {
  const read = commandPayload(tradingCommands[name], request(more))
  return Result.isSuccess(read) ? read.success : `${read.failure.status} ${read.failure.detail}`
}

describe("requests of the command table over HTTP", () => {
  it("join path and body, or path and query", () => {
    const change = { params: { client_order_id: "a" }, json: { qty: "5" } }
    assert.deepStrictEqual(payload("order-modify", change), { qty: "5", client_order_id: "a" })
    assert.deepStrictEqual(payload("order-list", { query: { limit: "5" } }), { limit: "5" })
    assert.deepStrictEqual(payload("order-cancel", { params: { client_order_id: "a" } }), { client_order_id: "a" })
  })

  it("refuse what would be a guess", () => {
    const twice = payload("order-modify", { params: { client_order_id: "a" }, json: { client_order_id: "b" } })
    assert.match(String(twice), /^400 client_order_id is in the path already/)
    assert.match(String(payload("order-submit", { query: { qty: "1" } })), /^400 This request takes no query/)
    for (const body of ["{", "[]", "null", "1", '"x"', "\u0000"]) {
      assert.match(
        String(payload("order-submit", { body: new TextEncoder().encode(body) })),
        /^400 The body is no/,
        body
      )
    }
    assert.match(String(payload("order-submit", { body: new Uint8Array([0xff, 0xfe]) })), /^400 The body is not JSON/)
    // A body that looks like a refusal of ours is a body.
    assert.deepStrictEqual(payload("order-submit", { json: { status: 1, detail: "x" } }), {
      status: 1,
      detail: "x"
    })
  })

  it("take the idempotency key as request_id", () => {
    const headers = { "idempotency-key": "k-1" }
    assert.deepInclude(payload("order-submit", { headers, json: {} }), { request_id: "k-1" })
    assert.deepInclude(payload("order-submit", { headers, json: { request_id: "k-1" } }), { request_id: "k-1" })
    assert.match(String(payload("order-submit", { headers, json: { request_id: "k-2" } })), /^400 Idempotency-Key and/)
    assert.match(
      String(payload("order-submit", { headers: { "idempotency-key": "x".repeat(65) } })),
      /^400 Idempotency/
    )
    assert.deepStrictEqual(payload("order-get", { headers, params: { client_order_id: "a" } }), {
      client_order_id: "a"
    })
  })
})

const answer = (name: string, reply: Effect.Effect<unknown, ReturnType<typeof controlError>>, input = request()) => {
  const endpoint = commandEndpoints(tradingCommands, () => reply).find((one) => one.name === name)
  return endpoint === undefined
    ? Effect.die(new Error(`no endpoint ${name}`))
    : endpoint.answer(input).pipe(Effect.catch((problem: Problem) => Effect.succeed<ApiAnswer | Problem>(problem)))
}
const bodyOf = (found: ApiAnswer | Problem): unknown => ("body" in found ? found.body : undefined)

describe("answers of the command table over HTTP", () => {
  it.effect("are 201 for a new order and 200 for one that was there", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* answer("order-submit", Effect.succeed({ repeat: false }))).status, 201)
      assert.strictEqual((yield* answer("order-submit", Effect.succeed({ repeat: true }))).status, 200)
    })
  )

  it.effect("name the caller by its token, whatever the body says of its sender", () =>
    Effect.gen(function* () {
      const callers: Array<unknown> = []
      const endpoints = commandEndpoints(tradingCommands, (_name, _payload, by) =>
        Effect.sync(() => {
          callers.push(by)
          return {}
        })
      )
      const engage = endpoints.find(({ name }) => name === "kill-switch-engage")
      yield* engage?.answer(request({ json: { by: { user: "boss", host: "h", client: "c" }, reason: "x" } })) ??
        Effect.void
      assert.deepStrictEqual(callers, [{ user: "robot", host: "127.0.0.1", client: "curl" }])
    })
  )

  it.effect("carry code, sentence and findings of a refusal", () =>
    Effect.gen(function* () {
      const findings = [{ code: "FAT_FINGER_QTY", outcome: "refuse", message: "too many" }]
      const found = yield* answer("order-submit", Effect.fail(controlError("FAT_FINGER", "too many", findings)))
      assert.deepStrictEqual(found, {
        status: 400,
        code: "FAT_FINGER",
        detail: "too many",
        more: { error: "Fat-finger threshold exceeded", findings }
      })
      const limited = yield* answer("positions", Effect.fail(controlError("RATE_LIMITED", "too many")))
      assert.deepInclude(limited, { status: 429, headers: { "retry-after": "1" } })
      assert.strictEqual((yield* answer("positions", Effect.fail(controlError("STORE_UNAVAILABLE", "x")))).status, 503)
    })
  )

  it.effect("report health to a probe without reasons, and as a status", () =>
    Effect.gen(function* () {
      const reply = Effect.succeed({ status: "unhealthy", reasons: ["the venue rejects the keys"] })
      const probe = yield* answer("health", reply, request({ caller: undefined }))
      assert.deepStrictEqual([probe.status, bodyOf(probe)], [503, { status: "unhealthy", reasons: [] }])
      const known = yield* answer("health", Effect.succeed({ status: "degraded", reasons: ["dry"] }))
      assert.deepStrictEqual([known.status, bodyOf(known)], [200, { status: "degraded", reasons: ["dry"] }])
    })
  )
})

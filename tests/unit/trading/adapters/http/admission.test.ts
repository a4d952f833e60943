// What is refused must be refused before it costs anything, and a flood of orders must not shut out what stops trading.
import { assert, describe, it } from "@effect/vitest"
import type { Role } from "../../../../../src/protocol/trading/route.ts"
import {
  defaultPlaces,
  isAdmitted,
  makeAdmission,
  type RequestHead
} from "../../../../../src/trading/adapters/http/admission/admission.ts"
import { defaultRateLimits } from "../../../../../src/trading/adapters/http/admission/rate-limits.ts"
import { makeRouteMatch, type Route } from "../../../../../src/trading/adapters/http/admission/route.ts"

const route = (name: string, text: string, more: Partial<Route> = {}): Route => {
  const [method, path] = text.split(" ") as [Route["method"], `/${string}`]
  return { name, method, path, access: ["trader"], limit: "submit", bytesMax: 100, ...more }
}
const everyone: ReadonlyArray<Role> = ["viewer", "trader", "risk", "ops"]
const routes = [
  route("submit", "POST /v1/orders"),
  route("list", "GET /v1/orders", { access: everyone, limit: "read", bytesMax: 0 }),
  route("one", "GET /v1/orders/{id}", { access: everyone, limit: "read", bytesMax: 0 }),
  route("all", "GET /v1/orders/all", { access: everyone, limit: "read", bytesMax: 0 }),
  route("cancel", "POST /v1/orders/{id}/cancel", { access: ["trader", "risk", "ops"], limit: "cancel" }),
  route("engage", "POST /v1/kill-switch/engage", { access: ["risk"], limit: "safety" }),
  route("health", "GET /health", { access: "open", limit: "read", bytesMax: 0 }),
  route("hook", "POST /v1/webhooks/orders", { access: "signed", bytesMax: 1000 })
]

const world = () => {
  const clock = { ms: 0, stopping: false }
  const admit = makeAdmission({
    routes,
    authenticate: (authorization) => {
      const [, name = "", ...roles] = authorization?.split(" ") ?? []
      return name === ""
        ? { status: 401, code: "TOKEN_MISSING", message: "no token" }
        : { tokenId: name, name, roles: new Set(roles as Array<Role>) }
    },
    limits: defaultRateLimits,
    places: { ...defaultPlaces, submit: 3 },
    openPerSecond: 5,
    signedPerSecond: 5,
    stopping: () => clock.stopping,
    monotonicMs: () => clock.ms
  })
  const ask = (text: string, authorization?: string, more: Partial<RequestHead> = {}) => {
    const [method = "", url = ""] = text.split(" ")
    return admit({
      method,
      url,
      authorization,
      contentType: undefined,
      contentLength: undefined,
      chunked: false,
      ...more
    })
  }
  /** Name of the route, after its place was given back, or status and code of the refusal. */
  const outcome = (...request: Parameters<typeof ask>) => {
    const found = ask(...request)
    if (!isAdmitted(found)) return `${found.status} ${found.code}`
    found.release()
    return found.route.name
  }
  return { ask, outcome, clock }
}
const trader = "Bearer robot trader"

describe("admission of requests", () => {
  it("finds a route by its whole path", () => {
    const match = makeRouteMatch(routes)
    const found = (method: string, url: string) => {
      const one = match(method, url)
      return one.type === "route" ? one.route.name : one.type
    }
    assert.strictEqual(found("GET", "/v1/orders?limit=5#x"), "list")
    assert.strictEqual(found("GET", "/v1/orders/abc"), "one")
    assert.strictEqual(found("GET", "/v1/orders/all"), "all")
    assert.strictEqual(found("DELETE", "/v1/orders"), "noMethod")
    const strange = [
      "/v1/orders/",
      "/v1//orders",
      "/V1/orders",
      "/v1/orders/..",
      "/v1/orders/a/b",
      "*",
      "",
      "http://h/v1/orders",
      `/${"a".repeat(3000)}`
    ]
    for (const url of strange) assert.strictEqual(found("GET", url), "noPath", url)
  })

  it("refuses in the sequence path, token, role, form", () => {
    const { outcome } = world()
    const large = { contentLength: "101" }
    assert.strictEqual(outcome("POST /v1/nothing", undefined, large), "404 NOT_FOUND")
    assert.strictEqual(outcome("PUT /v1/orders", undefined, large), "405 METHOD_NOT_ALLOWED")
    assert.strictEqual(outcome("POST /v1/orders", undefined, large), "401 TOKEN_MISSING")
    assert.strictEqual(outcome("POST /v1/orders", "Bearer eve viewer", large), "403 FORBIDDEN")
    assert.strictEqual(outcome("POST /v1/orders", trader, large), "413 REQUEST_TOO_LARGE")
    for (const contentLength of ["NaN", "1e9", "-"]) {
      assert.strictEqual(outcome("POST /v1/orders", trader, { contentLength }), "413 REQUEST_TOO_LARGE")
    }
    const length = { contentLength: "10" }
    for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]) {
      assert.strictEqual(outcome("POST /v1/orders", trader, { ...length, contentType }), "415 NOT_JSON", contentType)
    }
    for (const contentType of ["application/json", "application/json; charset=utf-8", "Application/merge-patch+JSON"]) {
      assert.strictEqual(outcome("POST /v1/orders", trader, { ...length, contentType }), "submit")
    }
  })

  it("lets 50 orders of a token and 80 of all pass in a minute, and everything else beside them", () => {
    const { ask, clock, outcome } = world()
    for (let n = 0; n < 50; n++) assert.strictEqual(outcome("POST /v1/orders", trader), "submit")
    const refused = ask("POST /v1/orders", trader)
    assert.isFalse(isAdmitted(refused))
    if (!isAdmitted(refused)) {
      assert.strictEqual(refused.code, "RATE_LIMITED")
      assert.strictEqual(refused.headers?.["retry-after"], "60")
    }
    for (const [request, name] of [
      ["POST /v1/orders/x/cancel", "cancel"],
      ["GET /v1/orders", "list"]
    ] as const) {
      assert.strictEqual(outcome(request, trader), name)
    }
    assert.strictEqual(outcome("POST /v1/kill-switch/engage", "Bearer boss risk"), "engage")
    for (let n = 0; n < 30; n++) assert.strictEqual(outcome("POST /v1/orders", "Bearer other trader"), "submit")
    assert.strictEqual(outcome("POST /v1/orders", "Bearer other trader"), "429 RATE_LIMITED")
    // What was refused in between has not made it later.
    clock.ms = 59_999
    for (let n = 0; n < 50; n++) ask("POST /v1/orders", trader)
    assert.strictEqual(outcome("POST /v1/orders", trader), "429 RATE_LIMITED")
    clock.ms = 60_000
    assert.strictEqual(outcome("POST /v1/orders", trader), "submit")
  })

  it("bounds what is in progress, each kind for itself", () => {
    const { ask, outcome } = world()
    const held = [1, 2, 3].map(() => ask("POST /v1/orders", trader))
    assert.isTrue(held.every(isAdmitted))
    assert.strictEqual(outcome("POST /v1/orders", trader), "503 BUSY")
    assert.strictEqual(outcome("POST /v1/orders/x/cancel", trader), "cancel")
    const [first] = held
    if (first !== undefined && isAdmitted(first)) {
      first.release()
      first.release()
    }
    const again = ask("POST /v1/orders", trader)
    assert.isTrue(isAdmitted(again))
    assert.strictEqual(outcome("POST /v1/orders", trader), "503 BUSY", "one place given back twice is one place")
  })

  it("bounds requests without a token", () => {
    const { clock, outcome } = world()
    for (let n = 0; n < 10; n++) assert.strictEqual(outcome("GET /health"), "health")
    assert.strictEqual(outcome("GET /health"), "429 RATE_LIMITED")
    assert.strictEqual(outcome("POST /v1/webhooks/orders"), "hook")
    clock.ms += 200
    assert.strictEqual(outcome("GET /health"), "health")
  })

  it("takes nothing while the daemon stops", () => {
    const { clock, outcome } = world()
    clock.stopping = true
    assert.strictEqual(outcome("GET /health"), "503 STOPPING")
    assert.strictEqual(outcome("POST /v1/orders/x/cancel", trader), "503 STOPPING")
  })
})

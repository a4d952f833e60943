// What the program does after an error depends on what it says: refused, not known, wrong keys, or too many requests.
import { assert, it } from "@effect/vitest"
import { errorOf, isNotFound } from "../../../../../src/trading/adapters/alpaca/rest/outcome.ts"

const nowMs = Date.parse("2026-11-30T15:00:00Z")
const reasonOf = (status: number, body: string, headers: Record<string, string> = {}) =>
  errorOf({ status, text: body, headers }, nowMs).reason
const body = (code: number | undefined, message: string, more = {}) => JSON.stringify({ code, message, ...more })

it.each([
  [403, 40310000, "insufficient buying power", { buying_power: "0", cost_basis: "5" }],
  [403, 40310000, "insufficient qty available for order (requested: 11, available: 10)", { related_orders: ["x"] }],
  [403, 40310000, "potential wash trade detected. use complex orders", { reject_reason: "opposite side" }],
  [403, 40310000, "account not authorized to trade", {}],
  [422, 42210000, 'order is already in "filled" state', {}],
  [422, 40010001, "qty must be > 0", {}],
  [403, 42210000, "subscription does not permit querying recent SIP data", {}]
] as const)("%s %s %s is a refusal with its words", (status, code, message, more) => {
  assert.deepInclude(reasonOf(status, body(code, message, more)), {
    _tag: "VenueRefused",
    status,
    code: String(code),
    message,
    duplicateId: false
  })
})

it.each([
  "client_order_id must be unique",
  "client order id already exists"
])("%s: the first POST has arrived", (message) => {
  assert.deepInclude(reasonOf(422, body(40010001, message)), { _tag: "VenueRefused", duplicateId: true })
})

it.each([
  [401, ""],
  [401, "<html><h1>401 Authorization Required</h1></html>"],
  [401, body(40110000, "unauthorized.")],
  [403, body(undefined, "forbidden.")]
] as const)("HTTP %s with %s means wrong keys", (status, text) => {
  const reason = reasonOf(status, text)
  assert.strictEqual(reason._tag, "VenueUnauthorized")
})

it.each([
  [500, body(50010000, "internal server error")],
  [502, "<html>bad gateway</html>"],
  [503, ""],
  [504, ""],
  [302, ""],
  [403, "<html>blocked by a firewall</html>"],
  [404, "<html>not found</html>"],
  [422, ""],
  [422, '{"code":42210000}'],
  [408, body(undefined, "timeout")]
] as const)("HTTP %s with %s is an unknown outcome", (status, text) => {
  assert.strictEqual(reasonOf(status, text, { "x-request-id": "r-1" })._tag, "VenueOutcomeUnknown")
})

it("only the venue's own 404 says that there is no such order", () => {
  const found = (status: number, text: string) => isNotFound(errorOf({ status, text, headers: {} }, nowMs))
  assert.isTrue(found(404, body(40410000, "order not found for x")))
  assert.isTrue(found(404, body(undefined, "position does not exist")))
  assert.isFalse(found(404, "<html>not found</html>"))
  assert.isFalse(found(404, body(undefined, "endpoint disabled")))
  assert.isFalse(found(422, body(42210000, 'asset "X" not found')))
})

it("a wait after too many requests comes from the headers, and is bounded", () => {
  const waitMs = (headers: Record<string, string>) => {
    const reason = reasonOf(429, body(42910000, "rate limit exceeded"), headers)
    return reason._tag === "VenueRateLimited" ? reason.retryAfterMs : -1
  }
  const reset = (seconds: number) => ({ "x-ratelimit-reset": String(nowMs / 1000 + seconds) })
  assert.strictEqual(waitMs(reset(12)), 12_000)
  assert.strictEqual(waitMs({ "retry-after": "3", ...reset(12) }), 3_000)
  assert.strictEqual(waitMs({}), 5_000)
  assert.strictEqual(waitMs(reset(-3600)), 1_000)
  assert.strictEqual(waitMs(reset(3600)), 60_000)
  assert.strictEqual(waitMs({ "x-ratelimit-reset": "soon" }), 5_000)
  assert.strictEqual(reasonOf(429, "too many requests")._tag, "VenueRateLimited")
})

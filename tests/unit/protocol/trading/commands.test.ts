// Money hangs on these requests: what is not exactly an order must be refused by name, and must never become another
// one.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { commandMessage } from "../../../../src/protocol/control/commands.ts"
import { readRequest, replyBytesMax } from "../../../../src/protocol/control/control.ts"
import { marketCommands } from "../../../../src/protocol/market/commands.ts"
import { tradingCommands } from "../../../../src/protocol/trading/commands.ts"
import { roles, type TradingSpec } from "../../../../src/protocol/trading/route.ts"
import { tradeControlSubject } from "../../../../src/protocol/trading/subjects.ts"

const specs: ReadonlyArray<TradingSpec> = Object.values(tradingCommands)
const bytes = (body: unknown) => new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))
const read = (spec: TradingSpec, body: unknown) => readRequest(spec.request, bytes(body), spec.bytesMax)
const refusalOf = (spec: TradingSpec, body: unknown) => {
  const result = read(spec, body)
  return Result.isFailure(result) ? result.failure : undefined
}

const order = { symbol: "AAPL", side: "buy", qty: "10", strategy_id: "alpha" }
const submit = tradingCommands["order-submit"]

describe("an order", () => {
  it("is read with its symbol in capitals and its numbers in one exact text", () => {
    for (const [qty, text] of [
      ["10", "10"],
      [10, "10"],
      ["0.500", "0.5"],
      [0.1, "0.1"],
      ["123456789012345678.123456789", "123456789012345678.123456789"]
    ] as const) {
      const result = read(submit, { ...order, symbol: "brk.b", qty })
      assert.isTrue(Result.isSuccess(result), String(qty))
      if (Result.isSuccess(result)) assert.deepStrictEqual(result.success, { ...order, symbol: "BRK.B", qty: text })
    }
  })

  it("is refused with a stable code and a sentence that names the field", () => {
    const long = "x".repeat(200)
    const cases: ReadonlyArray<readonly [field: string, value: unknown]> = [
      ["qty", 0],
      ["qty", -1],
      ["qty", "-1"],
      ["qty", "NaN"],
      ["qty", "Infinity"],
      ["qty", 1e308],
      ["qty", "1e3"],
      ["qty", 1e-10],
      ["qty", "0.0000000001"],
      ["qty", " 10"],
      ["qty", "10,000"],
      ["qty", "0x10"],
      ["qty", "٣"],
      ["qty", "9".repeat(200)],
      ["qty", null],
      ["qty", true],
      ["qty", [10]],
      ["qty", { value: 10 }],
      ["limit_price", 0],
      ["limit_price", "-150"],
      ["limit_price", "1e2"],
      ["stop_price", null],
      ["symbol", ""],
      ["symbol", "AAPL "],
      ["symbol", "AAPL;DROP"],
      ["symbol", long],
      ["symbol", "股票"],
      ["side", "BUY"],
      ["side", "short"],
      ["order_type", "iceberg"],
      ["time_in_force", "opg"],
      ["strategy_id", ""],
      ["strategy_id", long],
      ["strategy_id", "a b"],
      ["client_order_id", ""],
      ["client_order_id", long],
      ["client_order_id", "a.b"],
      ["client_order_id", 7],
      ["nonce", long],
      ["reduce_only", "yes"],
      ["reason", long.repeat(3)],
      ["request_id", long],
      ["by", { user: "me" }]
    ]
    for (const [field, value] of cases) {
      const error = refusalOf(submit, { ...order, [field]: value })
      assert.strictEqual(error?.code, "MALFORMED_REQUEST", `${field} ${JSON.stringify(value)}`)
      assert.include(error?.message, `"${field}"`)
      assert.isBelow(error?.message.length ?? 0, 300, "a refusal does not repeat what was sent")
    }
    for (const field of Object.keys(order)) {
      const { [field]: _, ...rest } = order as Record<string, unknown>
      assert.strictEqual(refusalOf(submit, rest)?.code, "MALFORMED_REQUEST", field)
    }
  })

  it("with a misspelt field, no object or no JSON is refused", () => {
    assert.strictEqual(refusalOf(submit, { ...order, limitPrice: 1 })?.code, "UNKNOWN_FIELD")
    assert.strictEqual(refusalOf(submit, { ...order, quantity: 1 })?.code, "UNKNOWN_FIELD")
    for (const body of ["", "[]", "7", '"x"', "null", "{", `{"qty":NaN}`, "\u0000"]) {
      assert.strictEqual(refusalOf(submit, body)?.code, "MALFORMED_REQUEST", body)
    }
    assert.strictEqual(refusalOf(submit, " ".repeat(5000))?.code, "REQUEST_TOO_LARGE")
  })
})

describe("other requests", () => {
  it("are refused when they say less, or something else, than they must", () => {
    const cases: ReadonlyArray<readonly [keyof typeof tradingCommands, unknown]> = [
      ["order-get", {}],
      ["order-get", { client_order_id: "../../etc" }],
      ["order-cancel", { client_order_id: "x".repeat(25) }],
      ["order-modify", { client_order_id: "a", qty: "0" }],
      ["order-list", { limit: 0 }],
      ["order-list", { limit: "501" }],
      ["order-list", { limit: "1.5" }],
      ["order-list", { state: "open" }],
      ["kill-switch-engage", {}],
      ["kill-switch-engage", { reason: "  " }],
      ["kill-switch-engage", { reason: "r", scope: "exits" }],
      ["circuit-breaker-trip", { operator: "w" }],
      ["circuit-breaker-reset", { reason: "r", acknowledged: 1 }],
      ["fat-finger-change", { reason: "r", default_thresholds: { max_adv_pct: 2 } }],
      ["fat-finger-change", { reason: "r", symbol_overrides: { AAPL: { max_qty: "-1" } } }],
      ["fat-finger-change", { reason: "r", symbol_overrides: { "aapl?": { max_qty: "1" } } }],
      ["fat-finger-change", { reason: "r", symbol_overrides: { AAPL: { max_shares: "1" } } }],
      ["limits-change", { reason: "r", position_qty: 0 }],
      ["limits-change", { reason: "r", position_share: "1.01" }],
      ["limits-change", { reason: "r", orders_per_minute: 0 }],
      ["limits-change", { reason: "r", blacklist: ["?"] }],
      ["limits-change", { position_qty: "500" }],
      ["accept-position", { symbol: "AAPL" }],
      ["orphan-release", { broker_order_id: "", reason: "r" }],
      ["strategy-release", { strategy_id: "a/b", reason: "r" }],
      ["arm", { reason: "r", day: "today" }],
      ["flatten", { reason: "r" }]
    ]
    for (const [name, body] of cases) {
      assert.strictEqual(
        refusalOf(tradingCommands[name], body)?.code,
        "MALFORMED_REQUEST",
        `${name} ${JSON.stringify(body)}`
      )
    }
  })

  it("take whole numbers also as text, as the query of a URL has them", () => {
    const result = read(tradingCommands["order-list"], { limit: "20" })
    assert.deepStrictEqual(Result.getOrThrow(result), { limit: 20 })
  })
})

describe("the command table of trading", () => {
  it("has its names as keys, and for each another route whose path names fields of the request", () => {
    assert.deepStrictEqual(
      specs.map(({ name }) => name),
      Object.keys(tradingCommands)
    )
    const routes = specs.map(({ http }) => `${http.method} ${http.path.replace(/\{\w+\}/g, "{}")}`)
    assert.strictEqual(new Set(routes).size, routes.length)
    for (const { http, mutating, name, request } of specs) {
      assert.strictEqual(http.method === "GET", !mutating, name)
      for (const [, field = ""] of http.path.matchAll(/\{(\w+)\}/g)) assert.property(request.fields, field, name)
    }
  })

  it("lets every role read, every role with commands stop trading, and keeps orders, limits and the daemon apart", () => {
    for (const { mutating, name, roles: allowed } of specs) {
      assert.strictEqual(allowed.includes("viewer"), !mutating, name)
      if (!mutating) assert.sameMembers([...allowed], [...roles], name)
    }
    const of = (role: (typeof roles)[number]) =>
      specs.filter((spec) => spec.mutating && spec.roles.includes(role)).map(({ name }) => name)
    const closing = ["kill-switch-engage", "circuit-breaker-trip", "disarm"]
    for (const role of ["trader", "risk", "ops"] as const) assert.includeMembers(of(role), closing, role)
    assert.sameMembers(of("trader"), ["order-submit", "order-cancel", "order-modify", ...closing])
    const opening = ["kill-switch-disengage", "circuit-breaker-reset", "limits-change", "fat-finger-change", "flatten"]
    for (const name of opening) assert.deepStrictEqual(specs.find((spec) => spec.name === name)?.roles, ["risk"], name)
    for (const name of ["initialise", "arm", "restart", "drain"]) {
      assert.deepStrictEqual(specs.find((spec) => spec.name === name)?.roles, ["ops"], name)
    }
  })

  it("shares no subject with a market daemon, and fits into one reply", () => {
    const messages = specs.map((spec) => commandMessage(spec, tradeControlSubject("t", spec.name)))
    for (const { shared_subject, subject } of messages) {
      assert.isNull(shared_subject)
      assert.match(subject ?? "", /^trade\.ctl\.t\.[a-z-]+$/)
    }
    assert.isBelow(JSON.stringify(messages).length, replyBytesMax / 4)
    // Names that both have mean the same thing, so that one verb can ask either.
    const both = Object.keys(tradingCommands).filter((name) => name in marketCommands)
    assert.deepStrictEqual(both, ["status", "state", "tree", "commands", "log-level", "restart", "drain"])
  })
})

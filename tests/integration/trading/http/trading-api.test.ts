// The whole API over the layers that ship: every endpoint, every role at every endpoint, and what callers get wrong.
import { execFile } from "node:child_process"
import { createHmac } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { apiEndpoints } from "../../../../deploy/dev/trading-api-page.ts"
import { instantOfMs } from "../../../../src/kernel/time/utc-instant.ts"
import { readAuditLines } from "../../../../src/platform/audit/audit-file.ts"
import { roles } from "../../../../src/protocol/trading/route.ts"
import { apiMetricsText } from "../../../../src/trading/adapters/prometheus/api-metric-table.ts"
import { makeFuzzer } from "../../../support/fuzz.ts"
import { blocksOf } from "../../../support/page-commands.ts"
import { type Answer, type ApiOptions, startApi, webhookSecret } from "../../../support/trading/api-world.ts"
import { makeScriptedVenue } from "../../../support/trading/scripted-venue.ts"
import { startTradeWorld } from "../../../support/trading/trade-world.ts"

const reason = "a reason of more than twenty characters"
const order = {
  symbol: "aapl",
  side: "buy",
  qty: 10,
  order_type: "limit",
  limit_price: "100.00",
  strategy_id: "alpha"
}
const wide = { perMinute: 10_000, burst: 0, allPerMinute: 10_000 }

/** A daemon over a scripted venue, with its API; `open`: initialised and armed. */
const start = Effect.fnUntraced(function* (options: Partial<ApiOptions> & { readonly closed?: boolean } = {}) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-api-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const venue = makeScriptedVenue()
  venue.state.clockNs = instantOfMs(Date.now())
  const world = yield* startTradeWorld({ venue })
  const limits = { submit: wide, cancel: wide, modify: wide, safety: wide, read: wide, ...options.limits }
  const api = yield* startApi(world.context, { folder, ...options, limits })
  const { ask } = api
  const until = Effect.fnUntraced(function* (what: string, read: Effect.Effect<boolean>) {
    for (let turn = 0; turn < 300; turn++) {
      if (yield* read) return
      yield* Effect.sleep(10)
    }
    return yield* Effect.die(new Error(`${what} has not come`))
  })
  const statusOf = (id: string) =>
    Effect.map(ask("viewer", `GET /api/v1/orders/${id}`), ({ body }) => String(body["status"]))
  const isReady = Effect.map(ask("viewer", "GET /api/v1/status"), ({ body }) => body["ready"] === true)
  if (options.closed !== true) {
    yield* ask("ops", "POST /api/v1/safety/initialise", { reason })
    const mode = yield* ask("viewer", "GET /api/v1/mode")
    yield* ask("ops", "POST /api/v1/mode/arm", { reason, day: mode.body["trading_day"] })
    yield* until("an open gate", isReady)
  }
  const hook = (event: object, signature?: string) => {
    const body = JSON.stringify(event)
    const own = createHmac("sha256", webhookSecret).update(body).digest("hex")
    return ask("none", "POST /api/v1/webhooks/orders", body, { "x-alpaca-signature": signature ?? `sha256=${own}` })
  }
  return { ...world, ...api, folder, until, statusOf, hook }
})

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.live(title, () => Effect.scoped(Effect.suspend(body)))

const text = ({ body, code, status }: Answer) => `${status} ${code ?? ""} ${body["detail"] ?? ""}`

describe("the trading API", () => {
  test("answers at every endpoint", () =>
    Effect.gen(function* () {
      const { ask, counts, done, folder, hook, statusOf, until, venue } = yield* start()
      const good = (who: Parameters<typeof ask>[0], request: string, json?: unknown, status = 200) =>
        Effect.map(ask(who, request, json), (answer) => {
          assert.strictEqual(answer.status, status, `${request}: ${text(answer)}`)
          return answer.body
        })
      for (const path of ["/", "/health", "/api/v1/openapi.json"]) yield* good("none", `GET ${path}`)
      assert.deepStrictEqual((yield* good("none", "GET /health"))["reasons"], [])
      assert.strictEqual((yield* good("viewer", "GET /metrics"))["text"], "trade_up 1\n")

      // An order, sent once: the second request finds it.
      const first = yield* good("trader", "POST /api/v1/orders", { ...order, client_order_id: "a" }, 201)
      assert.deepInclude(first, {
        client_order_id: "a",
        symbol: "AAPL",
        qty: "10",
        repeat: false,
        submitted_by: "test-trader"
      })
      yield* until(
        "the venue's answer",
        Effect.map(statusOf("a"), (status) => status === "new")
      )
      const again = yield* good("trader", "POST /api/v1/orders", { ...order, client_order_id: "a" })
      assert.match(String(again["message"]), /^Order already submitted \(status: new\)$/)
      const other = yield* ask("trader", "POST /api/v1/orders", { ...order, qty: 11, client_order_id: "a" })
      assert.include(text(other), "409 ID_IN_USE")
      assert.deepStrictEqual(venue.posts, ["a"])
      yield* good("trader", "PATCH /api/v1/orders/a", { qty: "12" })
      yield* until(
        "the replacement",
        Effect.sync(() => venue.replacements.length === 1)
      )
      const listed = yield* good("viewer", "GET /api/v1/orders?limit=1&state=working")
      assert.strictEqual((listed["orders"] as ReadonlyArray<object>).length, 1)
      yield* good("viewer", "GET /api/v1/positions")
      yield* good("risk", "POST /api/v1/orders/a/cancel", { reason })

      // Facts by webhook, signed; also with everything closed.
      const closed = { reason, operator: "wang" }
      assert.strictEqual((yield* good("trader", "POST /api/v1/kill-switch/engage", closed))["state"], "ENGAGED")
      const at = new Date().toISOString()
      const placed = [...venue.orders.values()].at(-1)
      const event = {
        event: "fill",
        timestamp: at,
        execution_id: "x1",
        price: "100",
        qty: "12",
        order: {
          id: placed?.snapshot.brokerOrderId,
          client_order_id: "a",
          symbol: "AAPL",
          side: "buy",
          status: "filled",
          qty: "12",
          filled_qty: "12",
          filled_avg_price: "100",
          updated_at: at
        }
      }
      assert.deepInclude((yield* hook(event)).body, { status: "ok", client_order_id: "a" })
      assert.strictEqual(yield* statusOf("a"), "filled")
      assert.deepInclude((yield* hook(event)).body, { status: "ok" })
      const held = yield* good("viewer", "GET /api/v1/positions")
      assert.deepInclude((held["positions"] as ReadonlyArray<object>)[0], { symbol: "AAPL", qty: "12" })
      assert.include(text(yield* hook(event, "0".repeat(64))), "401 WEBHOOK_SIGNATURE")
      // One that no order explains is not dropped: it is looked up, and its symbol takes no entries.
      const foreign = { ...event, order: { ...event.order, id: "f1", client_order_id: "foreign", symbol: "MSFT" } }
      assert.deepInclude((yield* hook(foreign)).body, { status: "parked", reason: "order_not_found" })
      const orphans = Effect.map(ask("viewer", "GET /api/v1/reconciliation/orphans"), ({ body }) => body["orphans"])
      yield* until(
        "the orphan",
        Effect.map(orphans, (found) => (found as ReadonlyArray<object>).length === 1)
      )

      yield* good("viewer", "GET /api/v1/kill-switch/status")
      yield* good("viewer", "GET /api/v1/flatten")
      const flatten = yield* ask("risk", "POST /api/v1/flatten", { reason, confirmation: "wrong" })
      assert.include(text(flatten), "409 NOT_CONFIRMED")
      yield* good("risk", "POST /api/v1/kill-switch/disengage", { operator: "wang", notes: reason })
      yield* good("viewer", "GET /api/v1/kill-switch/history")
      yield* good("trader", "POST /api/v1/circuit-breaker/trip", { reason, strategy_id: "beta" })
      yield* good("viewer", "GET /api/v1/circuit-breaker/status")
      yield* good("risk", "POST /api/v1/circuit-breaker/reset", { reason, strategy_id: "beta" })
      yield* good("viewer", "GET /api/v1/circuit-breaker/history?limit=5")
      const thresholds = { reason, operator: "wang", symbol_overrides: { AAPL: { max_qty: "20000" } } }
      yield* good("risk", "PUT /api/v1/fat-finger/thresholds", thresholds)
      const shown = yield* good("viewer", "GET /api/v1/fat-finger/thresholds")
      assert.deepStrictEqual(shown["symbol_overrides"], { AAPL: { max_qty: "20000" } })
      yield* good("risk", "PATCH /api/v1/limits", { reason, position_qty: "500" })
      for (const path of ["limits", "limits/history", "strategies/stopped"])
        yield* good("viewer", `GET /api/v1/${path}`)
      const released = yield* ask("risk", "POST /api/v1/strategies/beta/release", { reason })
      assert.include(text(released), "404 STRATEGY_NOT_STOPPED")
      yield* good("viewer", "GET /api/v1/reconciliation/status")
      yield* ask("risk", "POST /api/v1/reconciliation/run", { reason })
      yield* good("ops", "POST /api/v1/reconciliation/force-complete", { reason })
      const accepted = yield* ask("ops", "POST /api/v1/reconciliation/accept-position", { symbol: "TSLA", reason })
      assert.include(text(accepted), "409 NOT_POSSIBLE")
      yield* good("ops", "POST /api/v1/reconciliation/orphans/f1/release", { reason })
      for (const path of ["config", "state", "tree", "commands"]) yield* good("viewer", `GET /api/v1/${path}`)
      yield* good("ops", "PUT /api/v1/log-level", { level: "DEBUG" })
      yield* good("trader", "POST /api/v1/mode/disarm", { reason })
      yield* good("ops", "POST /api/v1/restart", { child: "reconciliation" })
      yield* good("ops", "POST /api/v1/drain", { reason })
      assert.deepStrictEqual(done, ["DEBUG", "restart root/reconciliation", "drain"])

      const asked = new Set([...counts.answers.keys()].map((key) => key.split(" ")[0]))
      assert.deepStrictEqual(
        apiEndpoints.map(({ name }) => name).filter((name) => !asked.has(name)),
        []
      )
      assert.strictEqual(counts.bugs, 0)
      const metrics = apiMetricsText(counts)
      assert.include(metrics, "# TYPE trade_api_listening gauge\ntrade_api_listening 1\n")
      assert.match(metrics, /^trade_api_answers_total\{status="2xx"\} [1-9]\d+$/m)
      assert.include(metrics, 'trade_api_refused_total{code="WEBHOOK_SIGNATURE"} 1\n')
      const audit = readAuditLines(join(folder, "audit.jsonl")).join("\n")
      assert.include(audit, '"user":"test-risk"')
      assert.notInclude(audit, "tkd_")
    }))

  test("lets each role do what the table says, and nothing else", () =>
    Effect.gen(function* () {
      const { ask, counts } = yield* start({ closed: true })
      let cells = 0
      for (const { access, method, name, path } of apiEndpoints) {
        const request = `${method} ${path.replaceAll(/\{\w+\}/g, "x")}`
        const json = method === "GET" ? undefined : {}
        for (const who of ["none", ...roles] as const) {
          const { status, code } = yield* ask(who, request, json)
          const isOpen = access === "open" || access === "signed"
          const wanted = isOpen ? "in" : who === "none" ? 401 : access.includes(who) ? "in" : 403
          if (wanted !== "in") assert.strictEqual(status, wanted, `${who} at ${name}: ${code}`)
          else if (access !== "signed") assert.notInclude([401, 403], status, `${who} at ${name}: ${code}`)
          cells++
        }
      }
      assert.strictEqual(cells, apiEndpoints.length * 5)
      assert.strictEqual(counts.bugs, 0)
    }))

  test("refuses what callers get wrong, with a code and a sentence, and sends nothing", () =>
    Effect.gen(function* () {
      const { ask, venue } = yield* start()
      const bad: ReadonlyArray<readonly [unknown, string]> = [
        ["{", "400 MALFORMED_REQUEST"],
        ['{"symbol":"AAPL","qty":NaN}', "400 MALFORMED_REQUEST"],
        ["[]", "400 MALFORMED_REQUEST"],
        [{}, "MALFORMED_REQUEST"],
        [{ ...order, qty: -1 }, "MALFORMED_REQUEST"],
        [{ ...order, qty: 0 }, "MALFORMED_REQUEST"],
        [JSON.stringify(order).replace(":10,", ":1e308,"), "MALFORMED_REQUEST"],
        [JSON.stringify(order).replace(":10,", ":123456789012345678.5,"), "400 MALFORMED_REQUEST"],
        [{ ...order, qty: "NaN" }, "MALFORMED_REQUEST"],
        [{ ...order, symbol: "x".repeat(200) }, "MALFORMED_REQUEST"],
        [{ ...order, client_order_id: "x".repeat(200) }, "MALFORMED_REQUEST"],
        [{ ...order, side: "hold" }, "MALFORMED_REQUEST"],
        [{ ...order, price: 1 }, "400 UNKNOWN_FIELD"],
        [{ ...order, order_type: "limit", limit_price: undefined }, "422 INVALID_ORDER"],
        [{ ...order, order_type: "market" }, "422 INVALID_ORDER"],
        [{ ...order, pad: "x".repeat(5000) }, "413 REQUEST_TOO_LARGE"]
      ]
      for (const [json, expected] of bad) {
        const answer = yield* ask("trader", "POST /api/v1/orders", json)
        assert.include(text(answer), expected)
        assert.match(String(answer.body["detail"]), /^[^\n]+\.$/)
        assert.isAtLeast(answer.status, 400)
        assert.isBelow(answer.status, 500)
      }
      assert.include(text(yield* ask("viewer", "GET /api/v1/orders/nothing")), "404 NO_SUCH_ORDER")
      assert.include(text(yield* ask("viewer", `GET /api/v1/orders/${"x".repeat(200)}`)), "404 NOT_FOUND")
      assert.include(text(yield* ask("viewer", `GET /api/v1/orders/${"x".repeat(50)}`)), "400 MALFORMED_REQUEST")
      assert.include(text(yield* ask("viewer", "GET /api/v1/orders?limit=1000000")), "400 MALFORMED_REQUEST")
      assert.include(text(yield* ask("viewer", "GET /api/v1/orders?colour=red")), "400 UNKNOWN_FIELD")
      const fat = yield* ask("trader", "POST /api/v1/orders", { ...order, qty: 20_000 })
      assert.isAtLeast(fat.status, 400)
      assert.isNotEmpty(fat.body["findings"] as ReadonlyArray<unknown>)
      assert.deepStrictEqual(venue.posts, [])
    }))

  test("answers 600 bodies of chance with a result or a refusal, and never with a bug", () =>
    Effect.gen(function* () {
      const { counts, tokenOf, url, venue } = yield* start()
      const posts = apiEndpoints.filter(({ access, method }) => method !== "GET" && access !== "signed")
      const fields = [...new Set(posts.flatMap(({ payload }) => Object.keys(payload ?? {})))]
      const body = makeFuzzer(11, fields)
      const one = (n: number) =>
        Effect.promise(async () => {
          const { access, method, path } = posts[n % posts.length] as (typeof posts)[number]
          const headers = {
            authorization: `Bearer ${tokenOf.get(String(access[0]))}`,
            "content-type": "application/json"
          }
          const answer = await fetch(`${url}${path.replaceAll(/\{\w+\}/g, "x")}`, { method, headers, body: body() })
          const text = await answer.text()
          assert.notStrictEqual(answer.status, 500, `${method} ${path}: ${text}`)
          if (answer.status >= 400) assert.match(String(JSON.parse(text).code), /^[A-Z_]+$/)
        })
      yield* Effect.all(
        Array.from({ length: 600 }, (_, n) => one(n)),
        { concurrency: 8, discard: true }
      )
      assert.strictEqual(counts.bugs, 0)
      assert.deepStrictEqual(venue.posts, [])
    }))

  test("carries one request out once for its idempotency key", () =>
    Effect.gen(function* () {
      const { ask, until, venue } = yield* start()
      const key = { "idempotency-key": "k-1" }
      const send = (qty: number) => ask("trader", "POST /api/v1/orders", { ...order, qty, nonce: "n1" }, key)
      const [one, two] = yield* Effect.all([send(10), send(10)], { concurrency: 2 })
      assert.deepStrictEqual([one?.status, two?.status].sort(), [201, 201])
      assert.strictEqual(one?.body["client_order_id"], two?.body["client_order_id"])
      yield* until(
        "the order",
        Effect.sync(() => venue.posts.length === 1)
      )
      assert.include(text(yield* send(11)), "409 DUPLICATE_REQUEST_ID")
      assert.strictEqual(venue.posts.length, 1)
    }))

  test("does what its page says: every block of commands, as a caller runs it", () =>
    Effect.gen(function* () {
      const { folder, tokenOf, until, url, venue } = yield* start()
      const secretFile = join(folder, "webhook-secret")
      writeFileSync(secretFile, webhookSecret)
      const env = {
        PATH: process.env["PATH"],
        API: url,
        TRADER: tokenOf.get("trader"),
        RISK: tokenOf.get("risk"),
        SECRET_FILE: secretFile
      }
      const blocks = blocksOf(readFileSync(new URL("../../../../docs/trading/api.md", import.meta.url), "utf8"))
      const run = (title: string) =>
        Effect.promise(async () => {
          const found = blocks.find((one) => one.title === title)
          assert.isDefined(found, title)
          const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", found?.text ?? ""], { env })
          return stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Record<string, unknown>)
        })
      assert.deepInclude((yield* run("is it there"))[0], { status: "healthy" })
      assert.deepInclude((yield* run("send an order"))[0], {
        client_order_id: "open-AAPL-1",
        message: "Order submitted"
      })
      yield* until(
        "the venue's answer",
        Effect.sync(() => venue.posts.length === 1)
      )
      yield* Effect.sleep(50)
      const [read, list, changed, cancelled] = yield* run("read it, change it, cancel it")
      assert.deepInclude(read, { client_order_id: "open-AAPL-1", status: "new" })
      assert.lengthOf(list?.["orders"] as ReadonlyArray<object>, 1)
      for (const answer of [changed, cancelled]) assert.deepInclude(answer, { client_order_id: "open-AAPL-1" })
      const [engaged, disengaged] = yield* run("stop trading, and start it again")
      assert.deepInclude(engaged, { state: "ENGAGED" })
      assert.deepInclude(disengaged, { state: "ACTIVE" })
      assert.deepInclude((yield* run("a webhook by hand"))[0], { status: "parked" })
      assert.strictEqual(blocks.length, 5, "each block of the page is run here")
    }))

  test("keeps cancels and what stops trading possible while one client floods it with orders", () =>
    Effect.gen(function* () {
      const { ask, counts } = yield* start({ limits: { submit: { perMinute: 40, burst: 10, allPerMinute: 80 } } })
      const flood = Effect.all(
        Array.from({ length: 400 }, (_, n) => ask("trader", "POST /api/v1/orders", { ...order, nonce: `n${n}` })),
        { concurrency: 50 }
      )
      const stop = Effect.andThen(Effect.sleep(200), ask("trader", "POST /api/v1/kill-switch/engage", { reason }))
      const [answers, stopped] = yield* Effect.all([flood, stop], { concurrency: 2 })
      assert.strictEqual(stopped.status, 200)
      const limited = answers.filter(({ code }) => code === "RATE_LIMITED")
      assert.strictEqual(limited.length, 350)
      for (const { headers } of limited) assert.match(headers.get("retry-after") ?? "", /^[1-9]\d?$/)
      assert.strictEqual((yield* ask("trader", "POST /api/v1/orders/none/cancel", {})).code, "NO_SUCH_ORDER")
      assert.strictEqual(counts.bugs, 0)
    }))
})

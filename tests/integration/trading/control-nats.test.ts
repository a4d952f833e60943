// A person and a program command a trading daemon over NATS: the gate must close on their word, and a market daemon of
// the same name must never get it.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { discoverService } from "../../../src/platform/nats/discover.ts"
import type { ControlErrorMessage } from "../../../src/protocol/control/control.ts"
import { tradeControlSubject, tradeServiceName } from "../../../src/protocol/trading/subjects.ts"
import { connection, startServer } from "../../support/nats-server.ts"
import { startControlWorld } from "../../support/trading/control-world.ts"
import { until, untilAnswer } from "../../support/until.ts"

const by = { user: "wang", host: "h", client: "test" }
const reason = "the first day of this account"
type Reply = Readonly<Record<string, unknown>> & Partial<ControlErrorMessage>

const startNatsWorld = Effect.fnUntraced(function* (url: string) {
  const own = yield* connection(url)
  return yield* startControlWorld({ connection: () => own, settings: { mode: "dry" } })
})

const startAll = Effect.gen(function* () {
  const { url } = yield* startServer()
  const world = yield* startNatsWorld(url)
  const asker = yield* connection(url)
  const raw = (verb: string, payload: string) =>
    Effect.promise(async () => {
      const reply = await asker.request(tradeControlSubject("test", verb), payload, { timeout: 3000, noMux: true })
      return { body: reply.json<Reply>(), code: reply.headers?.get("Nats-Service-Error-Code") }
    })
  const ask = (verb: string, body: object = {}) => Effect.map(raw(verb, JSON.stringify(body)), (reply) => reply.body)
  yield* untilAnswer("the daemon answers", () =>
    asker.request(tradeControlSubject("test", "mode"), "", { timeout: 500, noMux: true }).then(
      () => true,
      () => false
    )
  )
  return { url, world, asker, raw, ask }
})

const order = { symbol: "AAPL", side: "buy", qty: 1, order_type: "limit", limit_price: 100, strategy_id: "alpha" }

describe("a trading daemon over NATS", () => {
  it.live("closes its gate on one request, and answers with every finding", () =>
    Effect.gen(function* () {
      const { ask, raw, world } = yield* startAll
      yield* ask("initialise", { reason, by })
      const first = () => Effect.runPromise(ask("order-submit", { ...order, by }))
      // The quotes of this venue are of another day: the gate itself is open, and that is all that refuses.
      yield* untilAnswer("the gate is open", async () => (await first()).error?.code === "ORDER_REFUSED")
      const engaged = yield* ask("kill-switch-engage", { reason: "quotes of yesterday" })
      assert.deepStrictEqual([engaged["state"], engaged["engaged_by"]], ["ENGAGED", "not given"])
      const { body, code } = yield* raw("order-submit", JSON.stringify({ ...order, qty: 2, by }))
      assert.deepStrictEqual([body.error?.code, code], ["GATE_CLOSED", "503"])
      assert.isTrue(body.error?.findings?.some((one) => one.code === "KILL_SWITCH" && one.outcome === "refuse"))
      // A name and a reason are needed to open, and nothing but JSON of the table's form is read.
      const long = { reason: "quotes are current again, checked by hand" }
      assert.strictEqual((yield* ask("kill-switch-disengage", long)).error?.code, "OPERATOR_MISSING")
      assert.strictEqual((yield* ask("kill-switch-disengage", { ...long, force: true })).error?.code, "UNKNOWN_FIELD")
      assert.strictEqual((yield* raw("kill-switch-disengage", "yes")).body.error?.code, "MALFORMED_REQUEST")
      const request = { ...long, operator: "li", request_id: "r1" }
      const opened = yield* ask("kill-switch-disengage", request)
      assert.deepStrictEqual([opened["state"], opened["disengaged_by"]], ["ACTIVE", "li"])
      assert.deepStrictEqual(yield* ask("kill-switch-disengage", request), opened, "carried out once")
      const other = { ...request, operator: "wang" }
      assert.strictEqual((yield* ask("kill-switch-disengage", other)).error?.code, "DUPLICATE_REQUEST_ID")
      const { body: unknown, code: number } = yield* raw("nothing", "")
      assert.deepStrictEqual([unknown.error?.code, number], ["UNKNOWN_VERB", "404"])
      assert.includeMembers(world.audit(), [
        "kill-switch-engage accepted not given",
        "kill-switch-engage done not given",
        "kill-switch-disengage done not given",
        "order-submit refused GATE_CLOSED wang"
      ])
    })
  )

  it.live("is found by its own name and not by that of market daemons; a second one of its name waits", () =>
    Effect.gen(function* () {
      const { asker, ask, url, world } = yield* startAll
      const found = yield* discoverService(asker, tradeServiceName)
      assert.deepStrictEqual(
        found.map(({ metadata }) => [metadata["instance"], metadata["role"]]),
        [["test", "trading"]]
      )
      assert.deepStrictEqual(yield* discoverService(asker, "tickd"), [])
      const second = yield* startNatsWorld(url)
      yield* until("the second one says why it waits", () =>
        second.lines.some((line) => line.includes("answers as test"))
      )
      yield* ask("log-level", { level: "DEBUG", by })
      assert.deepStrictEqual([world.done, second.done], [["DEBUG"], []])
    })
  )

  it.live("answers a flood of orders with a stable code, and a cancel beside it", () =>
    Effect.gen(function* () {
      const { asker, ask } = yield* startAll
      const subject = tradeControlSubject("test", "order-submit")
      const payload = JSON.stringify({ ...order, by })
      const codes = new Map<string, number>()
      const replies = Array.from({ length: 5000 }, () =>
        asker.request(subject, payload, { timeout: 10_000 }).then((reply) => {
          const code = reply.json<Reply>().error?.code ?? "none"
          codes.set(code, (codes.get(code) ?? 0) + 1)
        })
      )
      const cancel = yield* ask("order-cancel", { client_order_id: "none", by })
      assert.strictEqual(cancel.error?.code, "NO_SUCH_ORDER")
      yield* Effect.promise(() => Promise.all(replies))
      assert.includeMembers([...codes.keys()], ["RATE_LIMITED"])
      assert.strictEqual(
        [...codes.values()].reduce((sum, count) => sum + count, 0),
        5000
      )
      for (const code of codes.keys()) assert.include(["RATE_LIMITED", "GATE_CLOSED", "UNAVAILABLE"], code)
      assert.strictEqual((yield* ask("status"))["role"], "trading")
    })
  )
})

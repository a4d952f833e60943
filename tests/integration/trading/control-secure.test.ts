// Who may send orders must not be able to start trading again, and who reads ticks may send nothing: by the server's
// permissions, with the very files that `tickd nats init` makes.
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Fiber, Layer } from "effect"
import { readAuditLines } from "../../../src/platform/audit/audit-file.ts"
import { discoverService } from "../../../src/platform/nats/discover.ts"
import type { AuditLine } from "../../../src/protocol/control/command.ts"
import type { ControlErrorMessage } from "../../../src/protocol/control/control.ts"
import { tradeControlSubject, tradeServiceName } from "../../../src/protocol/trading/subjects.ts"
import { makeEventPublisher } from "../../../src/trading/adapters/jetstream/event-publisher.ts"
import { layer as natsBucket } from "../../../src/trading/adapters/nats/late-safety-bucket.ts"
import { SafetyBucket } from "../../../src/trading/ports/safety-bucket.ts"
import { connectAs, startSecure } from "../../support/nats-secure.ts"
import { startControlWorld } from "../../support/trading/control-world.ts"
import { until } from "../../support/until.ts"

type Reply = Readonly<Record<string, unknown>> & Partial<ControlErrorMessage>

const ask = (connection: NatsConnection, verb: string, body: object = {}) =>
  Effect.promise(() =>
    connection.request(tradeControlSubject("test", verb), JSON.stringify(body), { timeout: 3000, noMux: true }).then(
      (reply) => reply.json<Reply>(),
      (cause: unknown): Reply => ({ failed: cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause) })
    )
  )
const denied = /permission|violation/i

it.live("operators command from their account, programs trade and stop trading, and readers reach nothing", () =>
  Effect.gen(function* () {
    const installation = yield* startSecure
    const own = yield* connectAs(installation, "trade-daemon")
    const world = yield* startControlWorld({ connection: () => own, settings: { mode: "dry" } })
    yield* until("the daemon answers", () => world.lines.some((line) => line.includes("requests are answered")))

    const ops = yield* connectAs(installation, "ops")
    const found = yield* discoverService(ops, tradeServiceName)
    assert.deepStrictEqual(
      found.map(({ metadata }) => metadata["instance"]),
      ["test"]
    )
    const said = { reason: "the first day of this account", operator: "wang" }
    assert.deepStrictEqual((yield* ask(ops, "initialise", said))["created"], ["kill_switch", "breaker.account"])
    assert.strictEqual((yield* ask(ops, "status"))["role"], "trading")

    const trader = yield* connectAs(installation, "trader")
    assert.deepStrictEqual((yield* discoverService(trader, tradeServiceName)).length, 1)
    assert.strictEqual((yield* ask(trader, "kill-switch-engage", { reason: "drill" }))["state"], "ENGAGED")
    // What becomes of orders and safety states arrives as it happens; requests of others and the audit do not.
    const heard: Array<string> = []
    const hear = (subject: string) =>
      void trader.subscribe(subject, {
        callback: (error, message) => void heard.push(error === null ? message.subject : `denied ${subject}`)
      })
    for (const subject of ["trade.safety.>", "trade.order.>", "trade.audit.>", "trade.ctl.>"]) hear(subject)
    yield* until("what is not for programs is denied", () => heard.length === 2)
    assert.deepStrictEqual(heard.toSorted(), ["denied trade.audit.>", "denied trade.ctl.>"])
    own.publish("trade.order.AAPL", "{}")
    yield* until("an event arrives", () => heard.includes("trade.order.AAPL"))
    const order = { symbol: "AAPL", side: "buy", qty: 1, strategy_id: "alpha" }
    assert.strictEqual((yield* ask(trader, "order-submit", order)).error?.code, "GATE_CLOSED")
    for (const verb of ["kill-switch-disengage", "limits-change", "arm", "flatten", "drain"]) {
      assert.match(String((yield* ask(trader, verb, said))["failed"]), denied, verb)
    }
    assert.strictEqual((yield* ask(ops, "kill-switch-disengage", said))["state"], "ACTIVE")
    for (const role of ["reader", "daemon", "daemon-ops"] as const) {
      const other = yield* connectAs(installation, role)
      assert.match(String((yield* ask(other, "kill-switch-engage", { reason: "x" }))["failed"]), denied, role)
    }
    // A message that a server delivers for a consumer, or that anyone publishes without waiting, is not carried out.
    ops.publish(tradeControlSubject("test", "drain"), "{}")
    yield* Effect.promise(() => ops.flush())
    yield* ask(ops, "status")
    assert.notInclude(world.done, "drain")
    // The server says who asked from another account; what the request says of its client does not count.
    const lines = readAuditLines(join(world.folder, "audit.jsonl")).map((text) => (JSON.parse(text) as AuditLine).entry)
    const opened = lines.find(({ verb }) => verb === "kill-switch-disengage")
    assert.include(opened?.by.client, '"acc":"OPS"')
  })
)

it.live("the trading daemon keeps its states and events with its own key", () =>
  Effect.gen(function* () {
    const installation = yield* startSecure
    const own = yield* connectAs(installation, "trade-daemon")
    const publisher = makeEventPublisher(() => own)
    for (const subject of ["trade.order.AAPL", "trade.safety.tripped", "trade.audit.test"]) {
      yield* publisher.publish({ messageId: subject, subject, body: "{}" })
    }
    yield* Effect.gen(function* () {
      const bucket = yield* SafetyBucket
      yield* bucket.create
      const seen: Array<string> = []
      const follower = yield* Effect.forkChild(
        bucket.follow({
          began: () => undefined,
          entry: ({ key }) => void seen.push(key),
          confirmed: () => void seen.push("confirmed"),
          lost: (cause) => void seen.push(`lost ${cause}`)
        })
      )
      yield* until("the follower is there", () => seen.includes("confirmed"))
      assert.isNumber(yield* bucket.write("kill_switch", "{}", 0))
      assert.strictEqual((yield* bucket.read("kill_switch"))?.text, "{}")
      yield* until("the change is seen", () => seen.includes("kill_switch"))
      assert.notInclude(seen.join(" "), "lost")
      yield* Fiber.interrupt(follower)
    }).pipe(Effect.provide(Layer.fresh(natsBucket(() => own, { replicas: 1, timeoutMs: 1000, confirmEveryMs: 100 }))))
  })
)

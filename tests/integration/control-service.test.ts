// Every tool that speaks NATS may ask: it must find the daemon, and get an answer or one sentence why not.
import { randomUUID } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect, Fiber } from "effect"
import { Registry } from "../../actors/runtime/registry.ts"
import { makeQueries } from "../../src/market/layers/control/queries.ts"
import { makeStateJournal } from "../../src/market/layers/journal/state-journal.ts"
import type { HandlersOf } from "../../src/platform/control/command-table.ts"
import { makeControlService } from "../../src/platform/control/control-service.ts"
import { untilAlone } from "../../src/platform/control/one-responder.ts"
import { makeRequestRunner } from "../../src/platform/control/request-runner.ts"
import { discoverService } from "../../src/platform/nats/discover.ts"
import type { ServiceReply, ServiceRequest } from "../../src/platform/nats/micro-service.ts"
import type { CommandsReply } from "../../src/protocol/control/commands.ts"
import { type ControlError, refuse } from "../../src/protocol/control/control.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { controlSubject, type StatusMessage } from "../../src/protocol/market/status.ts"
import { connection, startServer } from "../support/nats-server.ts"
import { until } from "../support/until.ts"

const startControl = Effect.fnUntraced(function* (url: string, instance = "t1") {
  const registry = new Registry()
  registry.noteTransition("session-primary", {
    state: "streaming",
    event: "TICKS_ARRIVED",
    atMs: Date.now(),
    context: { password: "p" }
  })
  const bugs: Array<string> = []
  const told: Array<string> = []
  let drained = 0
  const journal = makeStateJournal({
    config: { instance, nats: { url: undefined, user: undefined, password: undefined, port: 0 } },
    broker: { url: () => url, whenUp: Effect.void },
    registry,
    nowMs: () => Date.now(),
    reports: { failed: () => undefined, worked: () => undefined, note: () => undefined }
  })
  const identity = {
    name: "tickd",
    id: randomUUID(),
    version: "1.0.0",
    metadata: { instance, pid: String(process.pid) }
  }
  const runner = makeRequestRunner({ onBug: (cause) => bugs.push(String(cause)) })
  const status = () =>
    ({
      instance,
      ready: true,
      reasons: [],
      ledger: [],
      broker: { link: "up", reconnects: 0, errors: 0 }
    }) as unknown as StatusMessage
  const replies = (reply: unknown) => () => Effect.sync(() => ({ reply }))
  const unused = Object.fromEntries(
    Object.values(marketCommands)
      .filter(({ mutating }) => mutating)
      .map(({ name }) => [name, () => Effect.die("not called")])
  )
  /** Answers of the audited handlers. */
  const commands: Readonly<Record<string, (request: ServiceRequest) => Effect.Effect<ServiceReply, ControlError>>> = {
    inject: ({ payload }) =>
      payload.length === 0 ? Effect.die(new Error("a bug")) : refuse("DRILLS_DISABLED", "no drills here"),
    subscribe: replies({ accepted: ["rb2701"] }),
    unsubscribe: () => Effect.delay(refuse("STOPPING", "too late"), 5),
    resubscribe: () => Effect.delay(Effect.die(new Error("a bug that comes later")), 5),
    restart: replies({ blob: "x".repeat(1_100_000) }),
    failover: () => Effect.delay(replies({ switched: true })(), 1500),
    drain: () => Effect.sync(() => ({ reply: { drained: ++drained } }))
  }
  const control = makeControlService({
    identity,
    description: "test",
    role: "market",
    instance,
    subjectOf: (verb) => controlSubject(instance, verb),
    specs: marketCommands,
    handlers: {
      ...makeQueries({ instance, registry, status, startedMs: Date.now(), nowMs: () => Date.now() }),
      subscriptions: () => refuse("UNKNOWN_CURSOR", "no such page"),
      contracts: () => Effect.die("not called"),
      ...(unused as unknown as Omit<
        HandlersOf<typeof marketCommands>,
        "commands" | "status" | "state" | "tree" | "health-check" | "subscriptions" | "contracts"
      >)
    },
    take: ({ name }) => commands[name] ?? replies({}),
    phase: { stopping: false },
    runner,
    connection: journal.connection,
    whenAlone: (connection) =>
      untilAlone(connection, { service: "tickd", instance, id: identity.id, onTaken: (pid) => told.push(pid) }),
    startedMs: Date.now(),
    nowMs: () => Date.now(),
    onServed: () => undefined,
    onLost: (message) => told.push(message),
    onBug: (endpoint, cause) => bugs.push(`${endpoint} ${String(cause)}`)
  })
  yield* Effect.forkScoped(runner.during(Effect.never))
  yield* Effect.forkScoped(journal.body(Effect.void))
  let fiber = yield* Effect.forkScoped(control.body(Effect.void))
  yield* journal.connection
  const asker = yield* connection(url)
  const ask = (subject: string, payload: string | Uint8Array = "") =>
    Effect.promise(() => asker.request(subject, payload, { timeout: 3000, noMux: true }))
  // The server has the subscriptions once a request over them is answered.
  const serving = Effect.gen(function* () {
    while (true) {
      const reply = yield* Effect.option(Effect.tryPromise(() => asker.request(`md.ctl.${instance}.status`, "")))
      if (reply._tag === "Some") break
      yield* Effect.sleep(20)
    }
  })
  yield* serving
  const restart = Effect.gen(function* () {
    yield* Fiber.interrupt(fiber)
    fiber = yield* Effect.forkScoped(control.body(Effect.void))
  })
  const stop = Effect.suspend(() => Fiber.interrupt(fiber))
  const close = Effect.flatMap(journal.connection, (open) => Effect.promise(() => open.close()))
  return { ask, asker, bugs, told, serving, restart, stop, close, drained: () => drained }
})

const errorOf = (message: Msg) => (message.json() as { error?: { code: string; message: string } }).error
const headersOf = (message: Msg) => [
  message.headers?.get("Nats-Service-Error"),
  message.headers?.get("Nats-Service-Error-Code")
]

const discover = (asker: NatsConnection, subject: string) =>
  Effect.promise(async () =>
    (await asker.request(subject, "", { timeout: 2000, noMux: true })).json<Record<string, unknown>>()
  )

describe("the micro service tickd", () => {
  it.live("is found by PING, INFO and STATS, by all, by name and by id, and names its instance", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { asker, ask } = yield* startControl(server.url)
      const ping = yield* discover(asker, "$SRV.PING")
      assert.strictEqual(ping["type"], "io.nats.micro.v1.ping_response")
      assert.strictEqual(ping["name"], "tickd")
      assert.match(String(ping["version"]), /^\d+\.\d+\.\d+/)
      assert.strictEqual((ping["metadata"] as Record<string, string>)["instance"], "t1")
      const info = yield* discover(asker, `$SRV.INFO.tickd.${String(ping["id"])}`)
      const subjects = (info["endpoints"] as ReadonlyArray<{ subject: string }>).map(({ subject }) => subject)
      assert.deepStrictEqual([...subjects].sort(), [
        "health.check",
        "md.contracts.list",
        "md.ctl.t1.commands",
        "md.ctl.t1.contracts",
        "md.ctl.t1.contracts-refresh",
        "md.ctl.t1.drain",
        "md.ctl.t1.failback",
        "md.ctl.t1.failover",
        "md.ctl.t1.failover-hold",
        "md.ctl.t1.failover-release",
        "md.ctl.t1.inject",
        "md.ctl.t1.log-level",
        "md.ctl.t1.login-reload",
        "md.ctl.t1.restart",
        "md.ctl.t1.resubscribe",
        "md.ctl.t1.retry",
        "md.ctl.t1.state",
        "md.ctl.t1.status",
        "md.ctl.t1.subscribe",
        "md.ctl.t1.subscriptions",
        "md.ctl.t1.tree",
        "md.ctl.t1.unsubscribe",
        "md.state.get",
        "md.subscribe.bulk",
        "md.subscriptions.active",
        "md.unsubscribe.bulk"
      ])
      yield* ask("md.ctl.t1.state")
      yield* ask("md.ctl.t1.state", '{"actor":"session-third"}')
      const stats = yield* discover(asker, "$SRV.STATS.tickd")
      const state = (stats["endpoints"] as ReadonlyArray<Record<string, unknown>>).find(({ name }) => name === "state")
      assert.strictEqual(state?.["num_requests"], 2)
      assert.strictEqual(state?.["num_errors"], 1)
      assert.match(String(state?.["last_error"]), /^UNKNOWN_ACTOR/)
    })
  )

  it.live("reports all machines or one, without secrets, on either subject", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask } = yield* startControl(server.url)
      for (const [subject, payload] of [
        ["md.state.get", ""],
        ["md.state.get", '{"actor":"session-primary"}'],
        ["md.ctl.t1.state", "{}"]
      ] as const) {
        const reply = (yield* ask(subject, payload)).json<{
          instance: string
          actors: ReadonlyArray<Record<string, unknown>>
        }>()
        assert.strictEqual(reply.instance, "t1")
        assert.strictEqual(reply.actors[0]?.["state"], "streaming")
        assert.deepStrictEqual(reply.actors[0]?.["context"], { password: "<redacted>" })
      }
    })
  )

  it.live("refuses with a stable code in body and headers, and goes on", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask, bugs } = yield* startControl(server.url)
      for (const [subject, payload, code, status] of [
        ["md.ctl.t1.state", '{"actor":"session-third"}', "UNKNOWN_ACTOR", "404"],
        ["md.ctl.t1.state", '{"actr":"x"}', "UNKNOWN_FIELD", "400"],
        ["md.ctl.t1.state", "{", "MALFORMED_REQUEST", "400"],
        ["md.ctl.t1.tree", `{"x":"${"y".repeat(5000)}"}`, "REQUEST_TOO_LARGE", "413"],
        ["md.ctl.t1.reboot", "", "UNKNOWN_VERB", "404"],
        ["md.ctl.t1.inject", "{}", "DRILLS_DISABLED", "403"],
        ["md.ctl.t1.inject", "", "INTERNAL", "500"]
      ] as const) {
        const reply = yield* ask(subject, payload)
        assert.strictEqual(errorOf(reply)?.code, code)
        assert.deepStrictEqual(headersOf(reply), [errorOf(reply)?.message, status])
      }
      assert.deepStrictEqual(bugs, ["md.ctl.t1.inject Error: a bug"])
      assert.isUndefined(errorOf(yield* ask("md.ctl.t1.status")))
    })
  )

  it.live("answers commands when they end, and gives old clients a refusal in their own words", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask, bugs } = yield* startControl(server.url)
      assert.deepStrictEqual((yield* ask("md.subscribe.bulk", "{}")).json(), { accepted: ["rb2701"] })
      const late = yield* ask("md.unsubscribe.bulk", "{}")
      assert.deepStrictEqual(late.json(), {
        accepted: [],
        rejected: [],
        error: { code: "STOPPING", message: "too late" }
      })
      assert.strictEqual(errorOf(yield* ask("md.ctl.t1.resubscribe", "{}"))?.code, "INTERNAL")
      assert.deepStrictEqual(bugs, ["md.ctl.t1.resubscribe Error: a bug that comes later"])
      const page = (yield* ask("md.subscriptions.active", "{}")).json<Record<string, unknown>>()
      assert.deepStrictEqual([page["subscriptions"], page["total"], page["source"]], [[], 0, "error"])
      const health = (yield* ask("health.check", "{}")).json<Record<string, unknown>>()
      assert.strictEqual(health["status"], "healthy")
    })
  )

  it.live("refuses a flood of requests and goes on with queries", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask } = yield* startControl(server.url)
      const replies = yield* Effect.all(
        Array.from({ length: 100 }, () => ask("md.ctl.t1.drain", "{}")),
        { concurrency: "unbounded" }
      )
      const refused = replies.filter((reply) => errorOf(reply)?.code === "RATE_LIMITED").length
      // 60 at once, and 20 for each second that the machine may take for the hundred.
      assert.isAtMost(refused, 40)
      assert.isAtLeast(refused, 1)
      assert.isUndefined(errorOf(yield* ask("md.ctl.t1.status")))
    })
  )

  it.live("lists its table: what each entry needs, and the schema of its request, so that clients can make forms", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask } = yield* startControl(server.url)
      const { commands, role } = (yield* ask("md.ctl.t1.commands")).json<CommandsReply>()
      assert.strictEqual(role, "market")
      assert.deepStrictEqual(
        commands.map(({ name }) => name),
        Object.keys(marketCommands)
      )
      const failover = commands.find(({ name }) => name === "failover")
      assert.deepInclude(failover, {
        subject: "md.ctl.t1.failover",
        permission: "command",
        mutating: true,
        emergency: true
      })
      assert.deepNestedInclude(failover, {
        "request.properties.wait_ms": { type: "integer", minimum: 0, maximum: 60_000 },
        "request.additionalProperties": false
      })
      assert.include(failover?.codes ?? [], "SWITCH_HELD")
      const empty = { type: "object", properties: {}, additionalProperties: false }
      assert.deepStrictEqual(commands.find(({ name }) => name === "tree")?.request, empty)
      assert.deepInclude(
        commands.find(({ name }) => name === "health-check"),
        { subject: null, shared_subject: "health.check", permission: "ask", mutating: false }
      )
    })
  )

  it.live("a slow command blocks no query and no other command", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask } = yield* startControl(server.url)
      const answered: Array<string> = []
      const note = (name: string, payload = "{}") =>
        Effect.map(ask(`md.ctl.t1.${name}`, payload), () => void answered.push(name))
      yield* Effect.all([note("failover"), note("tree"), note("drain")], { concurrency: "unbounded" })
      assert.deepStrictEqual(answered.at(-1), "failover")
    })
  )

  it.live("while it stops, status still answers and everything else says that it stops", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask, stop } = yield* startControl(server.url)
      yield* stop
      for (const subject of ["md.state.get", "md.ctl.t1.state", "md.ctl.t1.tree"]) {
        assert.strictEqual(errorOf(yield* ask(subject))?.code, "STOPPING")
      }
      assert.isUndefined(errorOf(yield* ask("md.ctl.t1.status")))
    })
  )

  it.live("says so when an answer is more than the server carries", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask, bugs } = yield* startControl(server.url)
      const reply = yield* ask("md.ctl.t1.restart", "{}")
      assert.strictEqual(errorOf(reply)?.code, "REPLY_TOO_LARGE")
      assert.match(errorOf(reply)?.message ?? "", /has 1100011 bytes and the NATS server carries 1048576/)
      assert.strictEqual(headersOf(reply)[1], "413")
      assert.deepStrictEqual(bugs, [])
    })
  )

  it.live("started again, answers each query once and carries each command out once", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { ask, asker, drained, restart, serving } = yield* startControl(server.url)
      yield* restart
      yield* restart
      yield* serving
      assert.isUndefined(errorOf(yield* ask("md.ctl.t1.state")))
      const replies = yield* Effect.promise(async () => {
        const all = []
        const ways = { strategy: "timer", maxWait: 500 } as const
        for await (const reply of await asker.requestMany("md.ctl.t1.drain", "{}", ways)) all.push(reply.json())
        return all
      })
      assert.deepStrictEqual([replies, drained()], [[{ drained: 1 }], 1])
    })
  )

  it.live("a second daemon of the same name takes no command until the first is gone, and says so", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const first = yield* startControl(server.url)
      const second = yield* startControl(server.url)
      yield* until("the refusal", () => second.told.length > 0)
      assert.deepStrictEqual(second.told, [String(process.pid)])
      for (let count = 0; count < 3; count++) yield* first.ask("md.ctl.t1.drain", "{}")
      assert.deepStrictEqual([first.drained(), second.drained()], [3, 0])
      yield* first.stop
      yield* first.close
      const answered = Effect.gen(function* () {
        while (second.drained() === 0) {
          yield* Effect.ignore(Effect.tryPromise(() => second.asker.request("md.ctl.t1.drain", "{}")))
          yield* Effect.sleep(100)
        }
      })
      yield* Effect.timeout(answered, 8000)
      assert.lengthOf(second.told, 1)
    })
  )

  it.live("several daemons are distinguished", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { asker } = yield* startControl(server.url, "a")
      yield* startControl(server.url, "b")
      const found = yield* discoverService(asker, "tickd")
      assert.deepStrictEqual(found.map(({ metadata }) => metadata["instance"]).sort(), ["a", "b"])
      assert.deepStrictEqual(yield* discoverService(asker, "another"), [])
    })
  )
})

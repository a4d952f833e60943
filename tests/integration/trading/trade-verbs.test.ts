// An operator has a market daemon and a trading daemon on one server, perhaps of one name: a verb must reach the one
// that it is for, print what was done, and send nothing that was not confirmed.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { arm, disarm } from "../../../src/cli/trade/arm.ts"
import { command as breaker } from "../../../src/cli/trade/breaker.ts"
import { command as flatten } from "../../../src/cli/trade/flatten.ts"
import { command as killSwitch } from "../../../src/cli/trade/kill-switch.ts"
import { command as limits } from "../../../src/cli/trade/limits.ts"
import { command as order } from "../../../src/cli/trade/order.ts"
import { command as positions } from "../../../src/cli/trade/positions.ts"
import { command as reconcile } from "../../../src/cli/trade/reconcile.ts"
import { command as trading } from "../../../src/cli/trade/trading.ts"
import { command as marketTree } from "../../../src/cli/tree.ts"
import { discoverService } from "../../../src/platform/nats/discover.ts"
import { serveMicroService } from "../../../src/platform/nats/micro-service.ts"
import { exitCodeOf } from "../../../src/platform/process/user-error.ts"
import { tradeServiceName } from "../../../src/protocol/trading/subjects.ts"
import { invocation } from "../../support/invocation.ts"
import { connection, startServer } from "../../support/nats-server.ts"
import { startControlWorld } from "../../support/trading/control-world.ts"
import { untilAnswer } from "../../support/until.ts"

const tickd = Command.make("tickd").pipe(
  Command.withSubcommands([
    trading,
    order,
    positions,
    killSwitch,
    breaker,
    limits,
    reconcile,
    arm,
    disarm,
    flatten,
    marketTree
  ])
)

/** A market daemon that answers to the name of the trading daemon, as far as a verb looks for it. */
const startMarketDaemon = Effect.fnUntraced(function* (url: string, instance: string) {
  const own = yield* connection(url)
  const asked: Array<string> = []
  yield* serveMicroService(own, {
    identity: { name: "tickd", id: "m1", version: "1.0.0", metadata: { instance } },
    description: "test",
    endpoints: [
      {
        name: "tree",
        subject: `md.ctl.${instance}.tree`,
        queueGroup: "",
        metadata: {},
        handle: () =>
          Effect.sync(() => {
            asked.push("tree")
            return { reply: { version: 1, instance, at: "", uptime_ms: 1, restarts: 0, children: [] } }
          }),
        begin: (request) => {
          Effect.runFork(request)
          return undefined
        }
      }
    ],
    guarded: `md.ctl.${instance}.*`,
    startedMs: 0,
    nowNs: () => 0,
    onLost: () => undefined,
    onBug: () => undefined
  })
  return asked
})

const startAll = Effect.gen(function* () {
  const { url } = yield* startServer()
  const own = yield* connection(url)
  const world = yield* startControlWorld({ connection: () => own, settings: { mode: "dry" } })
  const asker = yield* connection(url)
  yield* untilAnswer("the daemon is found", async () => {
    const found = await Effect.runPromise(discoverService(asker, tradeServiceName))
    return found.length === 1
  })
  const run = (...argv: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const codes: Array<number> = []
      const log = { ...console, log: (text: string) => void lines.push(text) } as Console.Console
      const exit = yield* Effect.exit(
        Command.runWith(tickd, { version: "1" })(argv).pipe(
          Effect.provideService(Console.Console, log),
          Effect.provide(Layer.merge(NodeServices.layer, invocation({ NATS_URL: url }, { codes })))
        )
      )
      const text = lines.join("\n")
      if (exit._tag === "Success") return { text, code: codes[0] ?? 0, error: "" }
      return { text, code: exitCodeOf(exit.cause), error: String(exit.cause) }
    })
  return { url, world, run }
})

describe("verbs of a trading daemon", () => {
  it.live("reach it and no market daemon of its name, and the other way round", () =>
    Effect.gen(function* () {
      const { run, url } = yield* startAll
      const none = yield* run("tree")
      assert.strictEqual(none.code, 69)
      assert.match(none.error, /No market daemon answers .* trading does \(test\): use 'tickd trading status'/)
      const asked = yield* startMarketDaemon(url, "test")
      assert.strictEqual((yield* run("positions")).text, "no positions")
      assert.strictEqual((yield* run("positions", "--instance", "test")).text, "no positions")
      assert.deepStrictEqual(asked, [])
      assert.strictEqual((yield* run("tree")).code, 0)
      assert.deepStrictEqual(asked, ["tree"])
      assert.include((yield* run("trading", "tree")).text, "monitor")
      assert.deepStrictEqual(asked, ["tree"])
      const other = yield* run("positions", "--instance", "other")
      assert.strictEqual(other.code, 69)
      assert.include(other.error, "No daemon other answers on NATS: name it with --instance")
    })
  )

  it.live("print what was done, ask for --yes before they open something, and end with the code of the result", () =>
    Effect.gen(function* () {
      const { run, world } = yield* startAll
      const why = ["--reason", "the first day of this account"]
      assert.strictEqual((yield* run("kill-switch", "status")).code, 1)
      const asked = yield* run("trading", "initialise", ...why)
      assert.deepStrictEqual([asked.code, world.audit()], [64, []], "nothing was sent")
      assert.match((yield* run("trading", "initialise", "--yes", ...why)).text, /^created .* \[audit [0-9a-f-]+\]$/)
      assert.include((yield* run("kill-switch", "status")).text, "ACTIVE")

      const submit = ["order", "submit", "buy", "aapl", "--qty", "10", "--limit", "100", "--strategy", "alpha"]
      const refused = yield* run(...submit)
      assert.strictEqual(refused.code, 1, refused.error)
      assert.strictEqual((yield* run(...submit.with(5, "ten"))).code, 65)
      assert.strictEqual((yield* run("order", "show", "none")).code, 65)
      assert.strictEqual((yield* run("order", "list")).text, "no orders")

      assert.strictEqual((yield* run("limits", "set", "position_qty=500", ...why)).code, 64)
      assert.strictEqual((yield* run("limits", "set", "position_qty", "--yes", ...why)).code, 64)
      const set = yield* run(
        "limits",
        "set",
        "position_qty=500",
        "blacklist=GME,AMC",
        "orders_per_minute=7",
        "--yes",
        ...why
      )
      assert.include(set.text, "limits version 1: position_qty, blacklist, orders_per_minute")
      assert.strictEqual((yield* run("limits", "set", "position_qty=0", "--yes", ...why)).code, 65)
      const stale = yield* run("limits", "set", "position_qty=400", "--version-is", "0", "--yes", ...why)
      assert.strictEqual(stale.code, 65)
      yield* run("limits", "fat-finger", "max_qty=20000", "--symbol", "aapl", "--yes", ...why)
      const shown = yield* run("limits", "show")
      assert.match(shown.text, /position_qty +500\n/)
      assert.include(shown.text, "AAPL: max_qty 20000")
      assert.match((yield* run("limits", "history")).text, /change +2 +\S+ +symbol_overrides/)

      const engaged = yield* run("kill-switch", "engage", "--scope", "all", "--reason", "drill", "--json")
      assert.strictEqual(JSON.parse(engaged.text).state, "ENGAGED")
      assert.strictEqual((yield* run("kill-switch", "engage", "--reason", "again")).code, 69)
      assert.strictEqual((yield* run("kill-switch", "disengage", "--reason", "short", "--yes")).code, 65)
      assert.include((yield* run("kill-switch", "disengage", "--yes", ...why)).text, "disengaged")
      yield* run("breaker", "trip", "--symbol", "aapl", "--reason", "drill")
      const tripped = yield* run("breaker", "status")
      assert.deepStrictEqual(
        [tripped.code, /symbol\.AAPL +TRIPPED +MANUAL/.test(tripped.text)],
        [1, true],
        tripped.text
      )
      yield* run("breaker", "reset", "--symbol", "aapl", "--yes", ...why)
      assert.match((yield* run("breaker", "status")).text, /symbol\.AAPL +QUIET_PERIOD 300 s/)
      assert.match((yield* run("breaker", "history")).text, /reset +done +symbol\.AAPL/)

      assert.include((yield* run("reconcile", "run")).text, "skipped")
      assert.strictEqual((yield* run("reconcile", "status")).code, 0)
      assert.include((yield* run("reconcile", "orphans")).text, "no order")
      assert.strictEqual((yield* run("arm", "--yes", ...why)).code, 69)
      assert.strictEqual((yield* run("disarm", "--reason", "drill")).code, 69)
      assert.include((yield* run("flatten", ...why)).error, "flatten 0 symbols")
      const status = yield* run("trading", "status")
      assert.include(status.text, "dry: nothing leaves")
      assert.include((yield* run("trading", "commands")).text, "order-submit")
      assert.include((yield* run("trading", "config")).text, "simulated")
      yield* run("trading", "drain", "--reason", "release 1.2")
      assert.include(world.done, "drain")
      assert.include(world.audit().join("\n"), "breaker-trip accepted")
    })
  )
})

// Failure scenarios 21 and 22 of docs/reference/trading-scenarios.md: the way out of a stop, and two engines.
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { natsStage } from "../../support/trading/safety-nats.ts"
import { market, scenario, under, untilOpen, untilStatus } from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

scenario("S21 resets by a command that names its scope and effect and is audited, without a chat or a page", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    const { safety } = program
    const journal = Effect.map(program.store.journal("safety", 100), (rows) =>
      rows.toReversed().map(({ body }) => {
        const { by, command, reason, scope, step } = JSON.parse(body)
        return { by, command, reason, scope, step }
      })
    )
    const codes = Effect.fnUntraced(function* (id: string) {
      return (yield* Effect.flip(program.desk.submit(market("1"), under(id)))).message
    })
    const strategy = { level: "strategy", strategyId: "alpha" } as const
    yield* safety.trip(strategy, "MANUAL", "the strategy repeats itself", "ops")
    yield* safety.engage({ by: "risk", reason: "the venue reports a fault of its own" }, "entries")
    assert.match(yield* codes("s21-a"), /KILL_SWITCH.*BREAKER/)

    // Too short a reason changes nothing, and the reset of one does not reset the other.
    const short = yield* Effect.flip(safety.disengage({ by: "risk", reason: "ok" }))
    assert.strictEqual("code" in short && short.code, "REASON_TOO_SHORT")
    const why = { by: "risk", reason: "the venue has confirmed that it works again" }
    assert.strictEqual((yield* safety.disengage(why)).state, "active")
    const left = yield* codes("s21-b")
    assert.notInclude(left, "KILL_SWITCH")
    assert.include(left, "BREAKER")
    const reset = yield* safety.reset(strategy, { ...why, acknowledged: true })
    assert.strictEqual(reset.now.state, "quietPeriod")
    // The effect is named: exits only, for so long.
    assert.match(yield* codes("s21-c"), /quiet period after a reset: \d+ s left/)
    const { breakers } = yield* safety.status
    assert.deepStrictEqual(
      breakers.map(({ scope, word }) => [scope, word]),
      [
        ["account", "OPEN"],
        ["strategy.alpha", "QUIET_PERIOD"]
      ]
    )
    const rows = (yield* journal).filter(({ step }) => step === "done")
    assert.deepStrictEqual(
      rows.map(({ by, command, scope }) => [command, scope, by]),
      [
        ["trip", "strategy.alpha", "ops"],
        ["engage", "entries", "risk"],
        ["disengage", "account", "risk"],
        ["reset", "strategy.alpha", "risk"]
      ]
    )
    assert.strictEqual(rows.at(-1)?.reason, why.reason)
  })
)

scenario("S22 stops a second engine on the same account by the halt of the first", (world) =>
  Effect.gen(function* () {
    const stage = yield* natsStage
    const hosts = yield* Effect.forEach(["one", "two"], (name) =>
      Effect.flatMap(stage.connect, (bucket) =>
        world.ready({
          bucket,
          path: join(world.folder, `${name}.db`),
          settings: { process: { run: name, host: name, pid: 1 } }
        })
      )
    )
    const [first, second] = hosts
    if (first === undefined || second === undefined) throw new Error("two hosts")
    yield* second.desk.submit(market("2"), under("s22-before"))
    yield* untilStatus(second, "s22-before", "filled")
    // To the other engine this is an order of another program: it halts the symbol there, and the account goes on.
    yield* until("the orphan", () => first.heard.some(({ type }) => type === "orphanFound"))
    const posts = world.posts().length
    yield* first.safety.engage({ by: "ops", reason: "one engine stops all engines" }, "entries")
    yield* until("the halt elsewhere", () => second.safetyState.view("", "").killSwitch.state === "engaged", 1000)
    const refused = yield* Effect.flip(second.desk.submit(market("1"), under("s22-entry")))
    assert.include(refused.message, "KILL_SWITCH")
    const exit = yield* second.desk.submit(market("1", { side: "sell" }), under("s22-exit", true))
    assert.strictEqual(exit.kind, "exit")
    yield* untilStatus(second, "s22-exit", "filled")
    yield* first.safety.engage({ by: "ops", reason: "one engine stops all engines" }, "all")
    yield* until("the halt of all", () => {
      const { killSwitch } = second.safetyState.view("", "")
      return killSwitch.state === "engaged" && killSwitch.scope === "all"
    })
    const none = yield* Effect.flip(second.desk.submit(market("1", { side: "sell" }), under("s22-last", true)))
    assert.include(none.message, "KILL_SWITCH")
    assert.lengthOf(world.posts(), posts + 1)
    yield* first.safety.disengage(world.why)
    yield* untilOpen(second)
  })
)

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { SafetyFollower, layer as safetyState } from "../../../src/trading/application/safety/safety-state.ts"
import { initialBreaker, reset, trip } from "../../../src/trading/domain/safety/breaker.ts"
import { engage, initialKillSwitch, isRefusal } from "../../../src/trading/domain/safety/kill-switch.ts"
import type { SafetyBucket } from "../../../src/trading/ports/safety-bucket.ts"
import { SafetyState } from "../../../src/trading/ports/safety-state.ts"
import { until } from "../until.ts"

/** Short, so that the suite does not wait long. */
export const contractBounds = { heartbeatMs: 800, monitorSilentMs: 900 }

/** One shared bucket, and ways to harm it. */
export interface SafetyStage {
  /** A connection of its own for each gate. */
  readonly connect: Effect.Effect<Layer.Layer<SafetyBucket>, unknown, Scope.Scope>
  readonly stop: Effect.Effect<void, unknown, Scope.Scope>
  /** With everything it held. */
  readonly start: Effect.Effect<void, unknown, Scope.Scope>
  readonly delete: (key: string) => Effect.Effect<void, unknown, Scope.Scope>
  readonly overwrite: (key: string, text: string) => Effect.Effect<void, unknown, Scope.Scope>
}

export const safetyAct = (reason = "a reason of at least twenty characters") => ({
  by: "ops",
  reason,
  atMs: Date.now(),
  day: "2026-11-30"
})

type Gate = SafetyState["Service"]

/** One process: its own connection, its own view. */
export const startGate = Effect.fnUntraced(function* (stage: SafetyStage, bounds = contractBounds) {
  const bucket = yield* stage.connect
  const context = yield* Layer.build(Layer.provide(safetyState(bounds), bucket))
  yield* Effect.forkScoped(Effect.flatMap(SafetyFollower, ({ run }) => run).pipe(Effect.provide(context)))
  return yield* Effect.provide(SafetyState, context)
})

/** A monitor that works. */
const beat = Effect.fnUntraced(function* (gate: Gate, run = "r1") {
  for (let look = 1; ; look++) {
    yield* Effect.ignore(gate.confirmMonitor({ run, host: "h", pid: 1, look }))
    yield* Effect.sleep(100)
  }
})

/** `open`, or the first reason why an entry of AAPL is refused. */
export const stateOf = (gate: Gate, symbol = "AAPL"): string => {
  const { breakers, killSwitch } = gate.view("alpha", symbol)
  if (killSwitch.state !== "active") return `kill switch ${killSwitch.state}`
  const closed = breakers.find(({ state }) => state !== "open")
  return closed === undefined ? "open" : closed.state === "tripped" ? closed.reason : closed.state
}

export const waitFor = (gate: Gate, wanted: string) => until(wanted, () => stateOf(gate) === wanted, 8000)

/** Initialised, with a monitor, and open. */
export const openGate = Effect.fnUntraced(function* (stage: SafetyStage) {
  const gate = yield* startGate(stage)
  yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct()))
  yield* Effect.forkScoped(beat(gate))
  yield* waitFor(gate, "open")
  return gate
})

const tripNow = (gate: Gate) =>
  gate.changeBreaker<never>({ level: "account" }, (now) =>
    trip(now, "DAILY_LOSS_EXCEEDED", "5001 USD", Date.now(), "2026-11-30")
  )

/** What the safety states promise over every bucket. `make` starts an empty one. */
export const safetyStateContract = (
  name: string,
  make: Effect.Effect<SafetyStage, unknown, Scope.Scope>,
  measured: (name: string, ms: number) => void
): void => {
  const test = (title: string, body: (stage: SafetyStage) => Effect.Effect<void, unknown, Scope.Scope>) =>
    it.live(title, () => Effect.scoped(Effect.flatMap(make, body)), 30_000)

  describe(`the safety states on ${name}`, () => {
    test(
      "are closed until an operator initialises them, once, and no gate creates them",
      Effect.fnUntraced(function* (stage) {
        const gate = yield* startGate(stage)
        assert.strictEqual((yield* Effect.flip(tripNow(gate))).reason, "missing")
        assert.strictEqual(stateOf(gate), "kill switch unknown")
        const made = yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct()))
        assert.deepStrictEqual(made, ["kill_switch", "breaker.account"])
        yield* waitFor(gate, "MONITOR_SILENT")
        yield* Effect.forkScoped(beat(gate))
        yield* waitFor(gate, "open")
        yield* tripNow(gate)
        assert.deepStrictEqual(yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct())), [])
        assert.strictEqual(stateOf(gate), "DAILY_LOSS_EXCEEDED")
      })
    )

    test(
      "reach another gate: what one engages, the other refuses",
      Effect.fnUntraced(function* (stage) {
        const one = yield* openGate(stage)
        const other = yield* startGate(stage)
        yield* waitFor(other, "open")
        const startedMs = performance.now()
        yield* one.changeKillSwitch((now) => engage(now, safetyAct(), "all"))
        // The own gate is closed when the call succeeds.
        assert.strictEqual(stateOf(one), "kill switch engaged")
        while (stateOf(other) === "open") yield* Effect.sleep(1)
        measured("engagement to the other gate", performance.now() - startedMs)
        assert.strictEqual(stateOf(other), "kill switch engaged")
        const view = other.view("alpha", "AAPL").killSwitch
        assert.deepStrictEqual(view, { state: "engaged", scope: "all", reason: safetyAct().reason, by: "ops" })
      })
    )

    test(
      "are closed within the heartbeat when the store is gone, and a trip is there when it is back",
      Effect.fnUntraced(function* (stage) {
        const gate = yield* openGate(stage)
        const later = yield* startGate(stage)
        yield* waitFor(later, "open")
        yield* tripNow(gate)
        const startedMs = performance.now()
        yield* stage.stop
        while (stateOf(gate) !== "kill switch unknown") yield* Effect.sleep(1)
        const closedMs = performance.now() - startedMs
        measured("store gone to closed", closedMs)
        assert.isBelow(closedMs, contractBounds.heartbeatMs + 300)
        assert.strictEqual((yield* Effect.flip(tripNow(gate))).reason, "unreachable")
        yield* stage.start
        yield* waitFor(gate, "DAILY_LOSS_EXCEEDED")
        yield* waitFor(later, "DAILY_LOSS_EXCEEDED")
        const kept = yield* gate.breaker({ level: "account" })
        assert.deepStrictEqual(
          [kept.tripReason, kept.tripDetails, kept.tripsToday],
          ["DAILY_LOSS_EXCEEDED", "5001 USD", 1]
        )
      })
    )

    test(
      "are closed by a deleted key and by bytes that are no record, until an operator has seen to it",
      Effect.fnUntraced(function* (stage) {
        const gate = yield* openGate(stage)
        yield* tripNow(gate)
        yield* stage.delete("breaker.account")
        yield* waitFor(gate, "unknown")
        assert.strictEqual((yield* Effect.flip(tripNow(gate))).reason, "missing")
        yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct()))
        yield* waitFor(gate, "open")
        for (const text of ["\u0000garbage", "{}", '{"version":2,"state":"OPEN"}', "null", ""]) {
          yield* stage.overwrite("breaker.account", text)
          yield* waitFor(gate, "unknown")
          assert.strictEqual((yield* Effect.flip(tripNow(gate))).reason, "unreadable", text)
          assert.deepStrictEqual(
            yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct())),
            []
          )
          assert.strictEqual(stateOf(gate), "unknown")
        }
        yield* stage.overwrite("kill_switch", "garbage")
        yield* waitFor(gate, "kill switch unknown")
      })
    )

    test(
      "are changed by one of two operators at once, and the other one sees what that one did",
      Effect.fnUntraced(function* (stage) {
        const one = yield* openGate(stage)
        const other = yield* startGate(stage)
        yield* waitFor(other, "open")
        const both = yield* Effect.all(
          [one, other].map((gate, at) =>
            gate.changeKillSwitch((now) => engage(now, { ...safetyAct(), by: `ops-${at}` }, "entries"))
          ),
          { concurrency: 2 }
        )
        assert.strictEqual(both.filter(isRefusal).length, 1)
        const trips = yield* Effect.all([tripNow(one), tripNow(other)], { concurrency: 2 })
        assert.deepStrictEqual(
          trips.map(({ tripsToday }) => tripsToday),
          [1, 1]
        )
        const ends = yield* Effect.all(
          [one, other].map((gate) => gate.changeBreaker({ level: "account" }, (now) => reset(now, safetyAct()))),
          { concurrency: 2 }
        )
        assert.strictEqual(ends.filter(isRefusal).length, 1)
        assert.strictEqual((yield* one.breaker({ level: "account" })).state, "quietPeriod")
      })
    )

    test(
      "are closed while no monitor shows a sign of life, also for a gate that finds an old one",
      Effect.fnUntraced(function* (stage) {
        const gate = yield* startGate(stage)
        yield* gate.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct()))
        yield* gate.confirmMonitor({ run: "r1", host: "h", pid: 1, look: 1 })
        const other = yield* startGate(stage)
        yield* waitFor(other, "MONITOR_SILENT")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Effect.forkScoped(beat(gate))
            yield* waitFor(other, "open")
          })
        )
        const startedMs = performance.now()
        while (stateOf(other) === "open") yield* Effect.sleep(1)
        const closedMs = performance.now() - startedMs
        measured("monitor silent to closed", closedMs)
        assert.isBelow(closedMs, contractBounds.monitorSilentMs + 200)
        assert.strictEqual(stateOf(other), "MONITOR_SILENT")
        assert.strictEqual((yield* other.breaker({ level: "account" })).state, "open")
      })
    )

    test(
      "trip a strategy or a symbol alone, which begins with its first trip",
      Effect.fnUntraced(function* (stage) {
        const gate = yield* openGate(stage)
        const scope = { level: "symbol", symbol: "BRK.B" } as const
        const change = (ifMissing?: ReturnType<typeof initialBreaker>) =>
          gate.changeBreaker(scope, (now) => trip(now, "MANUAL", "halted", Date.now(), "2026-11-30"), ifMissing)
        assert.strictEqual((yield* Effect.flip(change())).reason, "missing")
        yield* change(initialBreaker(safetyAct()))
        assert.strictEqual(stateOf(gate, "BRK.B"), "MANUAL")
        assert.strictEqual(stateOf(gate, "AAPL"), "open")
        assert.deepStrictEqual([...(yield* gate.breakers).keys()].sort(), ["account", "symbol.BRK=2EB"])
        yield* stage.delete("breaker.symbol.BRK=2EB")
        // A breaker that was deleted may have been a tripped one.
        while (stateOf(gate, "BRK.B") !== "unknown") yield* Effect.sleep(5)
        assert.strictEqual((yield* Effect.flip(change(initialBreaker(safetyAct())))).reason, "missing")
      })
    )
  })
}

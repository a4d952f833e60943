// A gate that believes what it remembers lets orders through that an operator has stopped.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { MemorySafetyStore } from "../../../../src/trading/adapters/memory/safety-bucket.ts"
import { SafetyMirror } from "../../../../src/trading/application/safety/safety-mirror.ts"
import {
  breakerOf,
  breakerText,
  killSwitchOf,
  killSwitchText
} from "../../../../src/trading/application/safety/safety-records.ts"
import { layer as safetyState } from "../../../../src/trading/application/safety/safety-state.ts"
import { initialBreaker, reset, trip } from "../../../../src/trading/domain/safety/breaker.ts"
import { engage, initialKillSwitch, isRefusal } from "../../../../src/trading/domain/safety/kill-switch.ts"
import { defaultSafetySettings } from "../../../../src/trading/domain/safety/safety-settings.ts"
import { SafetyBucket } from "../../../../src/trading/ports/safety-bucket.ts"
import { SafetyState } from "../../../../src/trading/ports/safety-state.ts"
import { safetyAct, safetyStateContract } from "../../../support/trading/safety-state-contract.ts"

safetyStateContract(
  "the memory twin",
  Effect.sync(() => {
    const store = new MemorySafetyStore()
    return {
      connect: Effect.succeed(store.layer),
      stop: Effect.sync(() => store.setUp(false)),
      start: Effect.sync(() => store.setUp(true)),
      delete: (key: string) => Effect.sync(() => store.delete(key)),
      overwrite: (key: string, text: string) => Effect.sync(() => store.overwrite(key, text))
    }
  }),
  () => undefined
)

it.effect("a change reads again after a conflict, three times, and then fails by name", () =>
  Effect.gen(function* () {
    let reads = 0
    const text = killSwitchText(initialKillSwitch(safetyAct()))
    const busy = Layer.mock(SafetyBucket)({
      read: (key) => Effect.sync(() => ({ key, text, revision: ++reads })),
      write: () => Effect.succeed(undefined)
    })
    const error = yield* Effect.flatMap(SafetyState, (state) =>
      Effect.flip(state.changeKillSwitch((now) => engage(now, safetyAct(), "all")))
    ).pipe(Effect.provide(Layer.provide(safetyState(defaultSafetySettings), busy)))
    assert.deepStrictEqual([error.reason, reads], ["conflict", 3])
  })
)

describe("the mirror", () => {
  const bounds = { heartbeatMs: 3000, monitorSilentMs: 3000 }
  const at = { wallMs: 1_000_000, monotonicMs: 0 }
  const quiet = reset(trip(initialBreaker(safetyAct()), "MANUAL", "", 0, "2026-11-30"), {
    ...safetyAct(),
    atMs: 1_000_000
  })
  const mirrorAt = (text: string) => {
    const moment = { ...at }
    const mirror = new SafetyMirror(bounds, () => ({ ...moment }))
    mirror.began()
    mirror.entry({ key: "kill_switch", text: killSwitchText(initialKillSwitch(safetyAct())), revision: 1 })
    mirror.entry({ key: "breaker.account", text, revision: 2 })
    mirror.confirmed(0)
    return { mirror, moment }
  }
  const account = (mirror: SafetyMirror) => mirror.view("alpha", "AAPL").breakers[0]

  it("is unknown once a confirmation is older than the heartbeat", () => {
    const { mirror, moment } = mirrorAt(breakerText(initialBreaker(safetyAct())))
    moment.monotonicMs = 3000
    assert.strictEqual(mirror.view("alpha", "AAPL").killSwitch.state, "active")
    moment.monotonicMs = 3001
    assert.strictEqual(mirror.view("alpha", "AAPL").killSwitch.state, "unknown")
  })

  it("is unknown as soon as the link is lost, until the next confirmation", () => {
    const { mirror } = mirrorAt(breakerText(initialBreaker(safetyAct())))
    mirror.lost("the link is down")
    assert.deepStrictEqual(account(mirror), { state: "unknown", cause: "the link is down" })
    mirror.confirmed(0)
    assert.strictEqual(account(mirror)?.state, "open")
  })

  it("measures its heartbeat on a clock that is not set: an hour on the wall, either way, changes nothing", () => {
    const { mirror, moment } = mirrorAt(breakerText(initialBreaker(safetyAct())))
    for (const wallMs of [at.wallMs + 3_600_000, at.wallMs - 3_600_000]) {
      moment.wallMs = wallMs
      assert.strictEqual(mirror.view("alpha", "AAPL").killSwitch.state, "active")
    }
    moment.monotonicMs = 3001
    assert.strictEqual(mirror.view("alpha", "AAPL").killSwitch.state, "unknown")
  })

  it("ends a quiet period after its length, not when the wall clock is set forward", () => {
    if (isRefusal(quiet)) throw new Error("refused")
    const { mirror, moment } = mirrorAt(breakerText(quiet))
    const stateAfter = (wall: number, monotonic: number) => {
      moment.wallMs = at.wallMs + wall
      moment.monotonicMs = monotonic
      mirror.confirmed(monotonic)
      return account(mirror)?.state
    }
    assert.strictEqual(stateAfter(3_600_000, 10_000), "quietPeriod")
    assert.strictEqual(stateAfter(300_000, 300_000), "quietPeriod")
    assert.strictEqual(stateAfter(300_001, 300_001), "open")
    assert.strictEqual(stateAfter(-3_600_000, 300_001), "quietPeriod")
  })

  it("forgets what a new list does not have", () => {
    const { mirror } = mirrorAt(breakerText(initialBreaker(safetyAct())))
    mirror.began()
    mirror.confirmed(0)
    assert.strictEqual(account(mirror)?.state, "unknown")
    assert.strictEqual(mirror.view("alpha", "AAPL").killSwitch.state, "unknown")
  })
})

it("the records give back the states that they were written from, and refuse what contradicts itself", () => {
  const active = initialKillSwitch(safetyAct())
  const engaged = engage(active, safetyAct(), "all")
  const open = initialBreaker(safetyAct())
  const tripped = trip(open, "DATA_STALE", "no quote", 5, "2026-11-30")
  const quiet = reset(tripped, safetyAct())
  if (isRefusal(engaged) || isRefusal(quiet)) throw new Error("refused")
  for (const one of [active, engaged]) assert.deepStrictEqual(killSwitchOf(killSwitchText(one)), one)
  for (const one of [open, tripped, quiet]) assert.deepStrictEqual(breakerOf(breakerText(one)), one)
  const changed = (text: string, more: object) => JSON.stringify({ ...JSON.parse(text), ...more })
  for (const more of [
    { engaged_at: null },
    { engaged_at: "yesterday" },
    { engaged_at: "2026-13-41T00:00:00.000Z" },
    { engagement_count_today: -1 },
    { state: "OFF" }
  ]) {
    assert.isUndefined(killSwitchOf(changed(killSwitchText(engaged), more)), JSON.stringify(more))
  }
  for (const more of [{ reset_at: null }, { trip_reason: "WHY" }, { version: 2 }, { trip_count_today: 0.5 }]) {
    assert.isUndefined(breakerOf(changed(breakerText(quiet), more)), JSON.stringify(more))
  }
  assert.isUndefined(breakerOf(changed(breakerText(tripped), { tripped_at: null })))
})

// Operators check market hours, publisher and daemon first: their states must follow the facts.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { runDaemonActor } from "../../../../actors/market/daemon-actor.ts"
import { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import { PhaseBoard, runMarketHours } from "../../../../actors/market/market-hours-actor.ts"
import { runPublisherActor } from "../../../../actors/market/publisher-actor.ts"
import { Registry } from "../../../../actors/runtime/registry.ts"
import type { DaemonEvent } from "../../../../machines/daemon-machine.ts"
import type { PublisherMachineEvent } from "../../../../machines/market/publisher-machine.ts"
import { chinaCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../src/kernel/calendar/trading-sessions.ts"
import { calendarMarketHours } from "../../../../src/market/application/silence/calendar-market-hours.ts"
import type { PublisherCounts } from "../../../../src/market/ports/tick-publisher.ts"

const shanghai = (text: string) => Date.parse(`${text}+08:00`)

it.effect("market hours follow the calendar through a night, a weekend and a lunch break", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(shanghai("2026-11-20T20:00:00"))
    const registry = new Registry()
    const board = new PhaseBoard()
    const phases: Array<string> = []
    board.listen((phase) => void phases.push(phase))
    const hours = calendarMarketHours(new TradingSessions(chinaCalendar), [{ exchange: "SHFE", product: "au" }])
    const fiber = yield* runMarketHours({ hours, board, registry }).pipe(Effect.delay(1), Effect.forkChild)
    const at = Effect.fnUntraced(function* (text: string) {
      yield* TestClock.setTime(shanghai(text))
      yield* TestClock.adjust(10)
      return registry.actor("market-hours")?.state
    })
    assert.strictEqual(yield* at("2026-11-20T20:05:00"), "closed")
    assert.strictEqual(yield* at("2026-11-20T20:45:00"), "preOpen")
    assert.strictEqual(yield* at("2026-11-20T20:56:00"), "auction")
    assert.strictEqual(yield* at("2026-11-20T21:00:01"), "trading")
    assert.strictEqual(yield* at("2026-11-21T02:30:01"), "closed")
    assert.strictEqual(yield* at("2026-11-22T12:00:00"), "closed")
    assert.strictEqual(yield* at("2026-11-23T10:00:00"), "trading")
    assert.strictEqual(yield* at("2026-11-23T12:00:00"), "break")
    assert.strictEqual(yield* at("2026-11-23T13:31:00"), "trading")
    assert.strictEqual(yield* at("2026-11-23T15:00:01"), "closed")
    // A break of a quarter of an hour is a phase as well, and no phase is announced twice.
    assert.isTrue(phases.every((phase, index) => phase !== phases[index - 1]))
    yield* Fiber.interrupt(fiber)
  })
)

it.effect(
  "a broker that confirms nothing is blocked within a second of the limit, and connected once it has caught up",
  () =>
    Effect.gen(function* () {
      const registry = new Registry()
      let counts: PublisherCounts = {
        handed: 0,
        stored: 0,
        retained: 0,
        resent: 0,
        errors: 0,
        reconnects: 0,
        foreignWrites: 0,
        link: "up",
        oldestUnackedMs: 0
      }
      let tell: (event: PublisherMachineEvent) => void = () => undefined
      const fiber = yield* runPublisherActor({
        registry,
        counts: () => counts,
        ackOverdueMs: 5000,
        alarmAfterMs: 60_000,
        drainTimeoutMs: 30_000,
        onMailbox: (entrance) => {
          tell = entrance
        }
      }).pipe(Effect.delay(1), Effect.forkChild)
      yield* TestClock.adjust(5)
      const state = () => registry.actor("publisher")?.state
      assert.strictEqual(state(), "connected")
      counts = { ...counts, oldestUnackedMs: 6000 }
      yield* TestClock.adjust(1000)
      assert.strictEqual(state(), "blocked")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(state(), "blocked")
      counts = { ...counts, oldestUnackedMs: 0 }
      yield* TestClock.adjust(1000)
      assert.strictEqual(state(), "connected")
      tell({ type: "DRAIN_ASKED" })
      tell({ type: "DRAIN_ENDED", left: 3 })
      yield* TestClock.adjust(1)
      assert.strictEqual(state(), "closed")
      assert.strictEqual(registry.actor("publisher")?.context["left"], 3)
      yield* Fiber.interrupt(fiber)
    })
)

it.effect(
  "the daemon is ready when nothing is missing, degraded with the reasons, and draining whatever is missing",
  () =>
    Effect.gen(function* () {
      const registry = new Registry()
      let reasons: ReadonlyArray<string> = ["session primary connecting"]
      let tell: (event: DaemonEvent) => void = () => undefined
      const fiber = yield* runDaemonActor({
        registry,
        states: new DaemonStates(),
        reasons: () => reasons,
        drainTimeoutMs: 30_000,
        onMailbox: (entrance) => {
          tell = entrance
        }
      }).pipe(Effect.delay(1), Effect.forkChild)
      const daemon = () => registry.actor("daemon")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(daemon()?.state, "booting")
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual(daemon()?.state, "degraded")
      reasons = []
      yield* TestClock.adjust(300)
      assert.strictEqual(daemon()?.state, "ready")
      reasons = ["broker link down"]
      yield* TestClock.adjust(300)
      assert.deepStrictEqual(daemon()?.context["reasons"], ["broker link down"])
      tell({ type: "STOP_ASKED" })
      reasons = []
      yield* TestClock.adjust(300)
      assert.strictEqual(daemon()?.state, "draining")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(daemon()?.state, "stopped")
      yield* Fiber.join(fiber)
    })
)

it.effect("an actor that crashes is shown as crashed, with its last state, until it restarts", () =>
  Effect.gen(function* () {
    const registry = new Registry()
    let tell: (event: DaemonEvent) => void = () => undefined
    const states = new DaemonStates()
    const run = runDaemonActor({
      registry,
      states,
      reasons: () => [],
      drainTimeoutMs: 1000,
      onMailbox: (entrance) => {
        tell = entrance
      }
    })
    const fiber = yield* run.pipe(Effect.delay(1), Effect.forkChild)
    yield* TestClock.adjust(10)
    assert.strictEqual(registry.actor("daemon")?.state, "ready")
    // More than a mailbox takes.
    for (let at = 0; at < 300; at++) tell({ type: "REASONS_CHANGED", reasons: [] })
    yield* Fiber.await(fiber)
    const crashed = registry.actor("daemon")
    assert.strictEqual(states.daemon?.state, "crashed")
    assert.deepInclude(crashed, { state: "crashed", lastEvent: "actor crashed" })
    assert.match(String(crashed?.context["lastError"]), /^mailbox of daemon overflowed/)
    assert.strictEqual(registry.stoodIn("daemon"), "ready")
    const again = yield* run.pipe(Effect.delay(1), Effect.forkChild)
    yield* TestClock.adjust(10)
    assert.deepInclude(registry.actor("daemon"), { state: "ready", restarts: 1 })
    yield* Fiber.interrupt(again)
    assert.strictEqual(registry.actor("daemon")?.state, "stopped")
  })
)

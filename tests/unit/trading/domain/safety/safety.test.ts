// A stop that does not stop, or one that no operator can end, is what users fear most.
import { assert, describe, it } from "@effect/vitest"
import type { BreakerView } from "../../../../../src/trading/domain/risk/safety.ts"
import {
  type Breaker,
  initialBreaker,
  quietPeriodMs,
  reset,
  trip,
  viewOf,
  wordOf
} from "../../../../../src/trading/domain/safety/breaker.ts"
import {
  disengage,
  engage,
  initialKillSwitch,
  isRefusal,
  type KillSwitch
} from "../../../../../src/trading/domain/safety/kill-switch.ts"
import {
  baselineFor,
  defaultMonitorLimits,
  type Observation,
  raisePeak,
  tripsOf
} from "../../../../../src/trading/domain/safety/monitor.ts"
import { decimal } from "../../../../support/trading/gate-view.ts"

const act = (atMs = 0, day = "2026-11-30") => ({
  by: "ops",
  reason: "a reason of at least twenty characters",
  atMs,
  day
})
const good = <A extends object>(result: A | { refused: string }): A => {
  if (isRefusal(result as never)) throw new Error(`refused: ${JSON.stringify(result)}`)
  return result as A
}

describe("the kill switch", () => {
  const active = initialKillSwitch(act())
  it("engages, widens to all, never narrows, and ends only by a disengagement", () => {
    const entries = good<KillSwitch>(engage(active, act(1), "entries"))
    assert.isTrue(isRefusal(engage(entries, act(2), "entries")))
    const all = good<KillSwitch>(engage(entries, act(3), "all"))
    assert.strictEqual(all.scope, "all")
    assert.isTrue(isRefusal(engage(all, act(4), "entries")))
    assert.strictEqual(good<KillSwitch>(disengage(all, act(5))).state, "active")
    assert.isTrue(isRefusal(disengage(active, act(6))))
  })
  it("counts the engagements of the trading day", () => {
    const once = good<KillSwitch>(engage(active, act(1), "all"))
    const twice = good<KillSwitch>(engage(good<KillSwitch>(disengage(once, act(2))), act(3), "all"))
    assert.strictEqual(twice.engagementsToday, 2)
    const next = good<KillSwitch>(
      engage(good<KillSwitch>(disengage(twice, act(4, "2026-12-01"))), act(5, "2026-12-01"), "all")
    )
    assert.strictEqual(next.engagementsToday, 1)
  })
})

describe("the breaker", () => {
  const open = initialBreaker(act())
  const tripped = trip(open, "DAILY_LOSS_EXCEEDED", "5001", 1000, "2026-11-30")
  it("keeps the first reason while it is tripped", () =>
    assert.strictEqual(trip(tripped, "MANUAL", "", 2000, "2026-11-30"), tripped))
  it("goes through a quiet period of exactly 300 s, in which it can trip again", () => {
    const quiet = good<Breaker>(reset(tripped, act(10_000)))
    const states = [10_000, 10_000 + quietPeriodMs, 10_001 + quietPeriodMs, 0].map((at) => wordOf(quiet, at))
    assert.deepStrictEqual(states, ["QUIET_PERIOD", "QUIET_PERIOD", "OPEN", "QUIET_PERIOD"])
    assert.deepStrictEqual(viewOf(quiet, 10_000), { state: "quietPeriod", secondsLeft: 300 } satisfies BreakerView)
    assert.strictEqual(trip(quiet, "MANUAL", "", 20_000, "2026-11-30").tripsToday, 2)
  })
  it("is not reset from another state, with the reference's sentence", () => {
    const refusal = reset(open, act())
    assert.deepStrictEqual(refusal, {
      refused: "NOT_TRIPPED",
      message: "Cannot reset circuit breaker: current state is OPEN, must be TRIPPED"
    })
    assert.isTrue(isRefusal(reset(good<Breaker>(reset(tripped, act(1))), act(2))))
  })
})

describe("the monitor", () => {
  const calm: Observation = {
    equity: decimal("100000"),
    finite: true,
    quoteAgeMs: 100,
    venueErrorsInRow: 0,
    rejects: [],
    unexplainedDifferences: 0,
    accountBlocks: []
  }
  const baseline = baselineFor(undefined, "2026-11-30", decimal("100000"))
  const reasons = (more: Partial<Observation>, base = baseline) =>
    tripsOf(defaultMonitorLimits, base, { ...calm, ...more }).map(({ reason }) => reason)
  const rejects = (count: number, of: number) => Array.from({ length: of }, (_, at) => at < count)

  it.each([
    ["nothing", {}, []],
    ["a loss at the limit", { equity: decimal("95000") }, []],
    ["a loss above it", { equity: decimal("94999.99") }, ["DAILY_LOSS_EXCEEDED"]],
    ["a quote at the age", { quoteAgeMs: 1_800_000 }, []],
    ["an older one", { quoteAgeMs: 1_800_001 }, ["DATA_STALE"]],
    ["a shut market", { quoteAgeMs: undefined }, []],
    ["two errors", { venueErrorsInRow: 2 }, []],
    ["three errors", { venueErrorsInRow: 3 }, ["BROKER_ERRORS"]],
    ["half of the orders refused", { rejects: rejects(10, 20) }, []],
    ["more than half", { rejects: rejects(11, 20) }, ["REJECT_RATE"]],
    ["too few orders to judge", { rejects: rejects(19, 19) }, []],
    ["a difference", { unexplainedDifferences: 1 }, ["RECONCILIATION_DIFFERENCE"]],
    ["a blocked account", { accountBlocks: ["trading_blocked"] }, ["ACCOUNT_RESTRICTED"]],
    ["a number that is none", { finite: false, equity: undefined }, ["DATA_INVALID"]]
  ])("%s", (_, seen, expected) => assert.deepStrictEqual(reasons(seen), expected))

  it("measures the drawdown from today's peak", () => {
    const risen = raisePeak(baseline, decimal("120000"))
    assert.deepStrictEqual(reasons({ equity: decimal("108000") }, risen), [])
    assert.deepStrictEqual(reasons({ equity: decimal("107999") }, risen), ["MAX_DRAWDOWN"])
    assert.strictEqual(raisePeak(risen, decimal("110000")), risen)
  })
  it("keeps the baseline of the day over a restart, and takes a new one for a new day", () => {
    assert.strictEqual(baselineFor(baseline, "2026-11-30", decimal("90000")), baseline)
    assert.strictEqual(baselineFor(baseline, "2026-12-01", decimal("90000")).day, "2026-12-01")
  })
})

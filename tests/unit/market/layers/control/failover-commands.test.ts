// A command to switch feeds is given at the worst moment of a day: each refusal must say what to do, and the audit what
// was done.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { renderEvent } from "../../../../../src/cli/history.ts"
import { renderStatus } from "../../../../../src/cli/status.ts"
import type { SwitchAsk, SwitchRecord, SwitchRefusal } from "../../../../../src/kernel/feed-switch.ts"
import { LatencyHistogram } from "../../../../../src/kernel/latency-histogram.ts"
import { makeMetrics } from "../../../../../src/market/adapters/prometheus/metrics.ts"
import { failoverSettings, failoverVariables } from "../../../../../src/market/config/failover-settings.ts"
import { makeFailoverCommands } from "../../../../../src/market/layers/control/failover-commands.ts"
import { metricBounds } from "../../../../../src/market/layers/status/metric-bounds.ts"
import type { FeedSwitch, SwitchOutcome } from "../../../../../src/market/ports/feed-switch.ts"
import { marketCommands } from "../../../../../src/protocol/market/commands.ts"
import { FailoverReply, type SwitchMessage } from "../../../../../src/protocol/market/failover.ts"
import type { StatusMessage } from "../../../../../src/protocol/market/status.ts"
import { CommandReply } from "../../../../../src/protocol/market/subscriptions.ts"
import { startCommands } from "../../../../support/send-command.ts"
import { statusMessage } from "../../../../support/status-message.ts"

const recordOf = (ask: SwitchAsk, over: Partial<SwitchRecord> = {}): SwitchRecord => ({
  ...ask,
  from: ask.to === "backup" ? "primary" : "backup",
  kind: ask.to === "backup" ? "failover" : "failback",
  askedMs: 1000,
  committedMs: 1042,
  endedMs: 1043,
  gapMs: 17,
  result: "committed",
  why: undefined,
  ...over
})

const setUp = (options: {
  readonly outcome?: (ask: SwitchAsk) => SwitchOutcome | undefined
  readonly refusal?: SwitchRefusal
  readonly none?: boolean
  readonly down?: boolean
  readonly stopping?: boolean
}) => {
  const asked: Array<SwitchAsk> = []
  const holds: Array<boolean> = []
  const feedSwitch: FeedSwitch = {
    feeds: ["primary", "backup"],
    active: () => "primary",
    isHeld: () => holds.at(-1) ?? false,
    isRunning: () => options.down !== true,
    refusal: () => options.refusal,
    request: (ask) => {
      asked.push(ask)
      const outcome = options.outcome?.(ask)
      return outcome === undefined ? Effect.never : Effect.succeed(outcome)
    },
    hold: (on) => void holds.push(on)
  }
  const verbs = makeFailoverCommands({ instance: "t1", feedSwitch: options.none === true ? undefined : feedSwitch })
  const { entries, send: sendTo } = startCommands({ stopping: () => options.stopping === true })
  const send = Effect.fnUntraced(function* (verb: keyof typeof verbs, request: object = {}) {
    const sent = yield* Effect.forkChild(Effect.result(sendTo(marketCommands[verb], verbs[verb] as never, request)))
    // Longer than any wait of these tests.
    yield* TestClock.adjust(10_000)
    const result = yield* Fiber.join(sent)
    if (Result.isSuccess(result)) return result.success as FailoverReply
    return `${result.failure.code}: ${result.failure.message}`
  })
  return { asked, entries, holds, send, results: () => entries.map(({ code, result }) => [result, code]) }
}

describe("commands to switch", () => {
  it.effect("answer at once, or with the record of the switch when asked to wait", () =>
    Effect.gen(function* () {
      const run = setUp({ outcome: (ask) => ({ type: "ended", record: recordOf(ask) }) })
      const atOnce = yield* run.send("failover", { reason: "broker's advice" })
      assert.deepInclude(atOnce, { switch: null, active: "primary" })
      const waited = (yield* run.send("failover", { wait_ms: 5000 })) as FailoverReply
      assert.match(waited.done, /^Failover completed in 42ms: backup is active, its first valid tick came 17 ms after/)
      assert.deepInclude(waited.switch, { latency_ms: 42, gap_ms: 17, cause: "manual", kind: "failover" })
      const back = (yield* run.send("failback", { wait_ms: 5000 })) as FailoverReply
      assert.match(back.done, /^Failback completed in 42ms: primary is active/)
      const drill = (yield* run.send("failover", { wait_ms: 5000, drill: true })) as FailoverReply
      assert.match(drill.done, /^Drill failover completed in 42ms/)
      assert.deepStrictEqual(
        run.asked.map(({ to, cause, force }) => [to, cause, force]),
        [
          ["backup", "manual", false],
          ["backup", "manual", false],
          ["primary", "manual", false],
          ["backup", "drill", false]
        ]
      )
      assert.deepStrictEqual(run.results().slice(0, 2), [
        ["accepted", null],
        ["done", null]
      ])
      for (const reply of [atOnce, waited]) {
        assert.isTrue(Result.isSuccess(Schema.decodeUnknownResult(FailoverReply)(JSON.parse(JSON.stringify(reply)))))
      }
    })
  )

  it.effect("that were rolled back fail, in the audit too, and say which feed is active", () =>
    Effect.gen(function* () {
      const run = setUp({
        outcome: (ask) => ({
          type: "ended",
          record: recordOf(ask, { result: "rolled_back", committedMs: undefined, why: "no valid tick of it came" })
        })
      })
      assert.strictEqual(
        yield* run.send("failover", { wait_ms: 1000 }),
        "SWITCH_ROLLED_BACK: The switch to backup was rolled back, primary stays active: no valid tick of it came."
      )
      assert.deepStrictEqual(run.results(), [
        ["accepted", null],
        ["failed", "SWITCH_ROLLED_BACK"]
      ])
    })
  )

  it.effect("for the feed that is still active take back the one that waits for the market", () =>
    Effect.gen(function* () {
      const taken = (ask: SwitchAsk) =>
        recordOf(
          { ...ask, to: "backup" },
          { from: "primary", result: "cancelled", why: "it was taken back", kind: "failover" }
        )
      const run = setUp({ outcome: (ask) => ({ type: "ended", record: taken(ask) }) })
      const reply = (yield* run.send("failback", { wait_ms: 100 })) as FailoverReply
      assert.strictEqual(reply.done, "The switch to backup was cancelled, primary stays active: it was taken back")
      assert.match((yield* run.send("failover", { wait_ms: 100 })) as unknown as string, /^SWITCH_CANCELLED/)
    })
  )

  it.effect("wait no longer than asked, and end with the failover itself", () =>
    Effect.gen(function* () {
      const never = yield* setUp({}).send("failover", { wait_ms: 100 })
      assert.deepInclude(never, { switch: null })
      assert.match((never as FailoverReply).done, /none came within 100 ms$/)
      const stopped = setUp({ outcome: () => ({ type: "stopped" }) })
      assert.match((yield* stopped.send("failover", { wait_ms: 100 })) as unknown as string, /^STOPPING/)
      const late = setUp({ outcome: () => ({ type: "refused", code: "SWITCH_BUSY" }) })
      assert.match(
        (yield* late.send("failover", { wait_ms: 100 })) as unknown as string,
        /^SWITCH_BUSY: Another switch/
      )
    })
  )

  it.effect("are refused with a code and a sentence, nothing done, one entry in the audit", () =>
    Effect.gen(function* () {
      for (const code of ["ALREADY_ACTIVE", "FEED_NOT_HEALTHY", "SWITCH_HELD", "SWITCH_BUSY"] as const) {
        const run = setUp({ refusal: code })
        assert.match((yield* run.send("failover")) as unknown as string, new RegExp(`^${code}: .{30,}\\.$`))
        assert.deepStrictEqual([run.results(), run.asked], [[["refused", code]], []])
      }
      for (const verb of ["failover", "failback", "failover-hold", "failover-release"] as const) {
        assert.match((yield* setUp({ none: true }).send(verb)) as unknown as string, /^NO_SECOND_FEED: .*CTP_BACKUP_/)
        assert.match((yield* setUp({ stopping: true }).send(verb)) as unknown as string, /^STOPPING/)
        assert.match((yield* setUp({ down: true }).send(verb)) as unknown as string, /^NOT_NOW/)
      }
      assert.match((yield* setUp({}).send("failover", { to: "x" })) as unknown as string, /^UNKNOWN_FIELD/)
      assert.match((yield* setUp({}).send("failover", { wait_ms: 60_001 })) as unknown as string, /^MALFORMED_REQUEST/)
    })
  )

  it.effect("hold and release", () =>
    Effect.gen(function* () {
      const run = setUp({})
      const held = yield* run.send("failover-hold", { reason: "backup under repair" })
      assert.isTrue(Result.isSuccess(Schema.decodeUnknownResult(CommandReply)(JSON.parse(JSON.stringify(held)))))
      yield* run.send("failover-release")
      assert.deepStrictEqual(run.holds, [true, false])
    })
  )
})

describe("the settings", () => {
  const read = (env: object) =>
    Result.map(Schema.decodeUnknownResult(Schema.Struct(failoverVariables))(env), failoverSettings)

  it("hot leaves a lost session at once and a silent feed in seconds, cold gives both the time of a login", () => {
    assert.deepInclude(Result.getOrThrow(read({})), {
      mode: "hot",
      held: false,
      lostMs: 0,
      silenceMs: 3000,
      commitMs: 5000,
      failbackMs: 300_000,
      failbackCapMs: 3_600_000
    })
    assert.deepInclude(Result.getOrThrow(read({ MD_FAILOVER_MODE: "cold" })), {
      lostMs: 30_000,
      silenceMs: 30_000,
      commitMs: 30_000
    })
  })

  it("are read in seconds and milliseconds as their names say, and nonsense is refused", () => {
    const settings = Result.getOrThrow(
      read({
        MD_FAILOVER_MODE: "cold",
        MD_FAILOVER_THRESHOLD_SECONDS: "90",
        MD_FAILOVER_COMMIT_MS: "8000",
        MD_FAILOVER_HOLD: "true",
        MD_FAILBACK_AFTER_SECONDS: "7200",
        MD_FAILBACK_MAX_SECONDS: "600"
      })
    )
    // A limit below the first step would shorten it.
    assert.deepInclude(settings, {
      lostMs: 90_000,
      silenceMs: 90_000,
      commitMs: 8000,
      held: true,
      failbackMs: 7_200_000,
      failbackCapMs: 7_200_000
    })
    for (const wrong of [
      { MD_FAILOVER_MODE: "warm" },
      { MD_FAILOVER_THRESHOLD_SECONDS: "0" },
      { MD_FAILOVER_COMMIT_MS: "5s" },
      { MD_FAILBACK_AFTER_SECONDS: "-1" }
    ]) {
      assert.isTrue(Result.isFailure(read(wrong)), JSON.stringify(wrong))
    }
  })
})

describe("what others see", () => {
  const last: SwitchMessage = {
    id: "auto-1",
    kind: "failover",
    from: "primary",
    to: "backup",
    cause: "auto",
    forced: false,
    result: "committed",
    asked_at: "2026-11-23T09:30:00.000+08:00",
    committed_at: "2026-11-23T09:30:00.042+08:00",
    ended_at: "2026-11-23T09:30:00.043+08:00",
    latency_ms: 42,
    gap_ms: 17,
    why: null
  }
  const status: StatusMessage = {
    ...statusMessage,
    instance: "t1",
    failover: {
      mode: "hot",
      feeds: ["primary", "backup"],
      active: "backup",
      state: "troubled",
      switching_to: null,
      held: true,
      required: true,
      switches: [{ kind: "failover", cause: "auto", result: "committed", count: 3 }],
      last_failover: last,
      last_failback: null
    }
  }

  it("metrics by the names that dashboards know; without a second feed nothing is active and nothing required", async () => {
    const latency = new LatencyHistogram()
    const { text } = await makeMetrics({ bounds: metricBounds, status: () => status, latency }).read()
    for (const line of [
      "md_failover_latency_seconds 0.042",
      "feed_failover_required 1",
      'md_feed_active{feed="primary"} 0',
      'md_feed_active{feed="backup"} 1',
      "md_failover_held 1",
      'md_feed_switches_total{kind="failover",cause="auto",result="committed"} 3'
    ]) {
      assert.include(text.split("\n"), line)
    }
    assert.include(text.split("\n"), "md_failback_latency_seconds 0")
    const { failover: _none, ...one } = status
    const alone = await makeMetrics({ bounds: metricBounds, status: () => one as StatusMessage, latency }).read()
    assert.notMatch(alone.text, /^md_feed_\w*[ {]/m)
    assert.include(alone.text.split("\n"), "feed_failover_required 0")
  })

  it("the status and the history in one line each", () => {
    assert.include(
      renderStatus(status),
      [
        "feeds    active backup  hot, troubled  FAILOVER REQUIRED",
        "         held: no switch by itself",
        "         last failover 11-23 09:30:00, auto, in 42 ms, gap 17 ms"
      ].join("\n")
    )
    const event = { kind: "switch", record: last, instance: "t1", at: last.ended_at } as never
    assert.strictEqual(
      renderEvent(event, false),
      "2026-11-23 09:30:00.043 +08:00  failover primary → backup  committed  cause auto  in 42 ms  gap 17 ms"
    )
  })
})

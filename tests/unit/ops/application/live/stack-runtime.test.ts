// A rollback must lead back to what ran before: a part that is left over, or a feed that stays switched, is a mixture.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { stackRuntime } from "../../../../../src/ops/application/live/stack-runtime.ts"
import type { LiveRequest } from "../../../../../src/ops/domain/live-flags.ts"
import { everyPart, planOf } from "../../../../../src/ops/domain/plan.ts"
import type { Feed } from "../../../../../src/ops/domain/runbook-words.ts"
import { DaemonControl, DaemonControlError } from "../../../../../src/ops/ports/daemon-control.ts"
import { type Part, ProgramHost } from "../../../../../src/ops/ports/program-host.ts"
import { Runtime, RuntimeError } from "../../../../../src/ops/ports/runtime.ts"
import type { SwitchMessage } from "../../../../../src/protocol/market/failover.ts"
import type { StatusMessage } from "../../../../../src/protocol/market/status.ts"

const request: LiveRequest = {
  command: "start",
  window: "day",
  profile: "live",
  config: "primary",
  logDir: "logs/runbooks",
  envFile: undefined,
  skipLive: false,
  mock: false,
  debug: false,
  force: false,
  reason: undefined
}

/** A host in memory that notes what was asked of it, and a daemon that answers while part tickd runs. */
const makeStack = (
  running: ReadonlyArray<Part>,
  active: Feed = "primary",
  wrong?: Feed,
  /** Parts that do not end with 0, and parts that do not end at all. */
  faults: { readonly unclean?: Part; readonly stuck?: Part } = {}
) => {
  /** Questions that a starting daemon leaves unanswered, and switches that it refuses. */
  const missed = { answers: 0, switches: 0 }
  const up = new Set(running)
  const asked: Array<string> = []
  let feed = active
  const layer = stackRuntime.pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(ProgramHost, {
          begin: Effect.void,
          observe: Effect.sync(() => {
            const of = (part: Part) => (up.has(part) ? `${part} 1` : undefined)
            return { nats: of("nats"), tickd: of("tickd"), monitoring: of("monitoring"), console: of("console") }
          }),
          start: (part, { settings }) =>
            Effect.sync(() => {
              asked.push(`start ${part} ${settings}`)
              const isNew = !up.has(part)
              up.add(part)
              return isNew
            }),
          stop: (part) =>
            Effect.suspend(() => {
              asked.push(`stop ${part}`)
              const was = part === faults.stuck || up.delete(part)
              return part === faults.stuck || part === faults.unclean
                ? Effect.fail(new RuntimeError({ message: `${part} did not end with 0` }))
                : Effect.succeed(was)
            })
        }),
        Layer.succeed(DaemonControl, {
          status: Effect.suspend(() =>
            up.has("tickd") && missed.answers-- <= 0
              ? Effect.succeed({ failover: { active: feed } } as StatusMessage)
              : Effect.fail(new DaemonControlError({ code: "NO_ANSWER", message: "The daemon does not answer" }))
          ),
          lastSwitch: Effect.undefined,
          settleLogins: (isRunning) => Effect.succeed([`tickd runs: ${isRunning}`]),
          rotateLogin: ({ feed: of }) =>
            Effect.suspend(() => {
              asked.push(`rotate ${of}`)
              if (of === feed) return Effect.die("a daemon refuses the active feed")
              if (of === wrong) return Effect.fail(new DaemonControlError({ code: "LOGIN_ROLLED_BACK", message: "no" }))
              return Effect.succeed(true)
            }),
          switchFeed: ({ drill, to }) =>
            Effect.suspend(() => {
              asked.push(`switch ${to}${drill ? " drill" : ""}`)
              if (missed.switches-- > 0) {
                return Effect.fail(new DaemonControlError({ code: "FEED_NOT_READY", message: "It is logging in" }))
              }
              feed = to
              return Effect.succeed({} as SwitchMessage)
            })
        })
      )
    )
  )
  return { layer, asked, missed, up, feed: () => feed }
}

describe("a rotation", () => {
  const stages = (feed: "backup" | "primary" | "both") =>
    planOf({ command: "rotate", skipLive: false, feed }, everyPart)
      .map(({ name }) => name)
      .filter((name) => name.startsWith("rotate"))

  it.effect("takes the secret of the standby feed first, and ends on the feed that was active before", () =>
    Effect.gen(function* () {
      for (const [active, feed, expected] of [
        ["primary", "both", ["rotate backup", "switch backup", "rotate primary", "switch primary"]],
        ["primary", "backup", ["rotate backup"]],
        ["primary", "primary", ["switch backup", "rotate primary", "switch primary"]],
        ["backup", "both", ["switch primary", "rotate backup", "switch backup", "rotate primary"]],
        ["backup", "primary", ["rotate primary"]],
        ["backup", "backup", ["switch primary", "rotate backup", "switch backup"]]
      ] as const) {
        const { asked, feed: now, layer } = makeStack(["nats", "tickd"], active)
        yield* Effect.gen(function* () {
          const runtime = yield* Runtime
          yield* runtime.observe
          for (const stage of stages(feed)) yield* runtime.carryOut(stage, request, false)
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual([asked, now()], [expected, active], `${active} ${feed}`)
      }
    })
  )

  it.effect("that fails leads back to the feed that was active before", () => {
    const { asked, feed, layer } = makeStack(["nats", "tickd"], "primary", "primary")
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      yield* runtime.carryOut("rotateBackup", request, false)
      yield* runtime.carryOut("rotateSwitch", request, false)
      const failed = yield* Effect.flip(runtime.carryOut("rotatePrimary", request, false))
      assert.strictEqual(failed.message, "no")
      yield* runtime.restore(before)
      assert.strictEqual(feed(), "primary")
      assert.deepStrictEqual(asked.slice(0, 3), ["rotate backup", "switch backup", "rotate primary"])
    }).pipe(Effect.provide(layer))
  })
})

it.effect("what a killed run has left is settled with the daemon, when it runs", () =>
  Effect.gen(function* () {
    for (const [parts, expected] of [
      [["nats", "tickd"], "tickd runs: true"],
      [["nats"], "tickd runs: false"]
    ] as const) {
      const found = Effect.flatMap(Runtime, ({ settle }) => settle)
      assert.deepStrictEqual(yield* Effect.provide(found, makeStack(parts).layer), [expected])
    }
  })
)

describe("stages", () => {
  it.effect("start and stop their part, and say when there was nothing to do", () => {
    const { asked, layer } = makeStack(["nats"])
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      assert.isFalse(yield* runtime.carryOut("nats", request, false))
      assert.isTrue(yield* runtime.carryOut("tickd", request, false))
      assert.isFalse(yield* runtime.carryOut("subscription", request, false))
      assert.isTrue(yield* runtime.carryOut("handOver", request, false))
      assert.isTrue(yield* runtime.carryOut("stopNats", request, false))
      assert.deepStrictEqual(asked, [
        "start nats current",
        "start tickd current",
        "stop tickd",
        "start tickd current",
        "stop nats"
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("switch the feed once, and mark the switches of a drill", () => {
    const { asked, layer } = makeStack(["nats", "tickd"])
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      assert.isFalse(yield* runtime.carryOut("switchFeed", request, false))
      assert.isTrue(yield* runtime.carryOut("drillFailover", request, false))
      assert.isTrue(yield* runtime.carryOut("drillFailback", request, false))
      assert.deepStrictEqual(asked, ["switch backup drill", "switch primary drill"])
    }).pipe(Effect.provide(layer))
  })
})

describe("tickd has drained", () => {
  it.effect("when this run has ended it well, also in an attempt before, and never otherwise", () =>
    Effect.gen(function* () {
      for (const [running, stage, unclean, expected] of [
        [["nats", "tickd"], "stopTickd", undefined, true],
        [["nats", "tickd"], "handOver", undefined, true],
        [["nats"], "stopTickd", undefined, false],
        [["nats"], "handOver", undefined, false],
        [["nats", "tickd"], "stopTickd", "tickd", false],
        [["nats", "tickd"], "stopNats", undefined, false]
      ] as const) {
        const { layer } = makeStack(running, "primary", undefined, unclean === undefined ? {} : { unclean })
        yield* Effect.gen(function* () {
          const runtime = yield* Runtime
          assert.isFalse(yield* runtime.hasDrained)
          yield* Effect.ignore(runtime.carryOut(stage, request, false))
          yield* Effect.ignore(runtime.carryOut(stage, request, true))
          assert.strictEqual(yield* runtime.hasDrained, expected, `${running} ${stage} ${unclean}`)
        }).pipe(Effect.provide(layer))
      }
    })
  )
})

describe("a rollback", () => {
  it.effect("stops what did not run before, last part first", () => {
    const { asked, layer, up } = makeStack(["nats"])
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      assert.isUndefined(before.activeFeed)
      yield* runtime.carryOut("tickd", request, false)
      yield* runtime.carryOut("monitoring", request, false)
      asked.length = 0
      yield* runtime.restore(before)
      assert.deepStrictEqual(asked, ["stop monitoring", "stop tickd", "start nats before"])
      assert.deepStrictEqual([...up], ["nats"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("starts what ran, with the settings that it had, and makes the old feed active again", () => {
    const { asked, feed, layer, up } = makeStack(["nats", "tickd"])
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      yield* runtime.carryOut("switchFeed", { ...request, config: "backup" }, false)
      yield* runtime.carryOut("stopTickd", request, false)
      asked.length = 0
      yield* runtime.restore(before)
      assert.deepStrictEqual(asked, ["start nats before", "start tickd before", "switch primary"])
      assert.strictEqual(feed(), "primary")
      assert.deepStrictEqual([...up], ["nats", "tickd"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("switches back only when the daemon answers, and again while its feed is logging in", () => {
    const { asked, feed, layer, missed } = makeStack(["nats", "tickd"], "backup")
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      yield* runtime.carryOut("switchFeed", request, false)
      asked.length = 0
      Object.assign(missed, { answers: 5, switches: 2 })
      const restoring = yield* Effect.forkChild(runtime.restore(before))
      yield* TestClock.adjust("900 millis")
      assert.deepStrictEqual(asked, ["start nats before", "start tickd before"])
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(restoring)
      assert.deepStrictEqual(asked.slice(2), ["switch backup", "switch backup", "switch backup"])
      assert.strictEqual(feed(), "backup")
    }).pipe(Effect.provide(layer))
  })

  it.effect("goes on when a part that was just started does not end with 0, and is gone", () => {
    const { layer, up } = makeStack([], "primary", undefined, { unclean: "tickd" })
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      yield* runtime.carryOut("nats", request, false)
      yield* runtime.carryOut("tickd", request, false)
      yield* runtime.restore(before)
      assert.deepStrictEqual([...up], [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("fails when a part does not end", () => {
    const { layer } = makeStack([], "primary", undefined, { stuck: "tickd" })
    return Effect.gen(function* () {
      const runtime = yield* Runtime
      const before = yield* runtime.observe
      yield* runtime.carryOut("tickd", request, false)
      assert.match((yield* Effect.flip(runtime.restore(before))).message, /tickd did not end/)
    }).pipe(Effect.provide(layer))
  })
})

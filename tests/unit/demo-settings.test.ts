// The demo is where a policy or a spool is tried first: a variable that it ignores makes the trial a lie.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { demoTick, readDemoVariables } from "../../src/app/demo-settings.ts"

const tickOf = (env: Record<string, string>) =>
  Effect.map(readDemoVariables(env), (set) => demoTick(set, "/demo", false))

it.effect("has the form, queue, policy and spool that the environment says, and no spool unless it says one", () =>
  Effect.gen(function* () {
    const usual = yield* tickOf({})
    assert.deepInclude(usual, {
      serializer: "json",
      queueTicks: 50_000,
      overflow: undefined,
      unusedSpool: "/demo/spool"
    })
    assert.isUndefined(usual.spool)
    // As `run` reads them: a blank is no value.
    assert.isUndefined((yield* tickOf({ TICK_SPOOL_FSYNC: "always", TICK_SERIALIZER: " " })).spool)
    const own = yield* tickOf({
      TICK_SERIALIZER: "compact",
      TICK_QUEUE_MAXSIZE: "2000",
      TICK_OVERFLOW_POLICY: "conflate",
      TICK_SPOOL_MAX_MB: "16",
      TICK_SPOOL_FSYNC: "never",
      TICK_SPOOL_AFTER_MS: "100"
    })
    assert.deepInclude(own, { serializer: "compact", queueTicks: 2000, overflow: "conflate" })
    assert.deepStrictEqual(own.spool, {
      folder: "/demo/spool",
      maxBytes: 16 * 1024 * 1024,
      fsync: "never",
      afterMs: 100
    })
  })
)

it.effect("names all that is wrong at once, and minds no variable that is not its own", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      readDemoVariables({ TICK_OVERFLOW_POLICY: "oldest", TICK_QUEUE_MAXSIZE: "10", TICK_WINDOW: "none" })
    )
    assert.strictEqual(error.code, "CONFIG_INVALID")
    assert.match(error.message, /TICK_OVERFLOW_POLICY is "oldest"/)
    assert.match(error.message, /TICK_QUEUE_MAXSIZE is "10".*; /)
    assert.notInclude(error.message, "TICK_WINDOW")
  })
)

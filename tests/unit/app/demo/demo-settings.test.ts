// Users try the product with the demo: a different default, or an ignored variable, would mislead them.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { demoConfig, demoDifferences } from "../../../../src/app/demo/demo-settings.ts"
import type { Config } from "../../../../src/market/config/config.ts"
import { readConfig } from "../../../../src/market/config/config.ts"

const set = { stateDir: "/demo", library: "/demo/vendor.so", feeds: 1, replay: false }
const demoOf = (env: Record<string, string>, more: Partial<typeof set> = {}) => demoConfig(env, { ...set, ...more })
const runOf = (env: Record<string, string>) =>
  readConfig({
    TICKD_INSTANCE: "demo",
    TICKD_STATE_DIR: "/demo",
    CTP_MD_LIBRARY: "/demo/vendor.so",
    CTP_PRIMARY_MD_ADDRESS: "tcp://127.0.0.1:1",
    CTP_PRIMARY_BROKER_ID: "9999",
    CTP_PRIMARY_USER_ID: "demo",
    CTP_PRIMARY_PASSWORD: "demo",
    ...env
  })

/** Paths of the values in which two configurations differ. */
const differences = (a: unknown, b: unknown, path = ""): Array<string> => {
  const text = (value: unknown) => JSON.stringify(value) ?? "undefined"
  if (text(a) === text(b)) return []
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return [path]
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  const valueOf = (of: object, key: string): unknown => (of as Record<string, unknown>)[key]
  return [...keys].flatMap((key) => differences(valueOf(a, key), valueOf(b, key), `${path}${path && "."}${key}`)).sort()
}

it.effect("U15: the demo has every default of run, the spool too, but for the differences that it prints", () =>
  Effect.gen(function* () {
    const run: Config = yield* runOf({})
    const demo = yield* demoOf({})
    assert.deepStrictEqual(differences(run, demo), ["contracts", "drillsEnabled", "marketHours"])
    assert.deepStrictEqual(demo.tick.spool, {
      folder: "/demo/spool",
      maxBytes: 1024 ** 3,
      fsync: "interval",
      afterMs: 500
    })
    const told = demoDifferences(false)
    for (const words of ["contract list", "DRILLS_ENABLED=1", "TICKD_MARKET_HOURS=always", "simulated front"])
      assert.include(told, words)
  })
)

it.effect("U15: a recording is judged on its own time line, and its breaks are no silence; the demo prints both", () =>
  Effect.gen(function* () {
    const demo = yield* demoOf({ CTP_SILENCE_MS: "5000" }, { replay: true })
    assert.deepStrictEqual(differences(yield* demoOf({}), demo), ["ctp.silenceMs", "tick.replay"])
    assert.strictEqual(demo.ctp.silenceMs, 0)
    for (const words of ["CTP_SILENCE_MS=0", "TICK_REPLAY=1"]) assert.include(demoDifferences(true), words)
  })
)

it.effect("U15: reads the variables of the line, the stream and the sessions as run does", () =>
  Effect.gen(function* () {
    const env = {
      TICK_SERIALIZER: "compact",
      TICK_QUEUE_MAXSIZE: "2000",
      TICK_OVERFLOW_POLICY: "conflate",
      TICK_SPOOL_MAX_MB: "16",
      TICK_SPOOL_FSYNC: "never",
      TICK_SPOOL_AFTER_MS: "100",
      TICK_WINDOW: "64",
      TICK_STREAM: "OTHER",
      TICK_STREAM_MAX_AGE_HOURS: "2",
      CTP_MAX_RETRIES: "3",
      RATE_LIMIT_SUBSCRIBE_PER_SECOND: "10",
      LOG_LEVEL: "DEBUG",
      NATS_URL: "nats://nats:4222"
    }
    const demo = yield* demoOf(env)
    assert.deepStrictEqual(differences(yield* runOf(env), demo), ["contracts", "drillsEnabled", "marketHours"])
    assert.deepInclude(demo.tick, { serializer: "compact", queueTicks: 2000, window: 64, stream: "OTHER" })
    // As in `run`: a blank is not a value.
    assert.strictEqual((yield* demoOf({ TICK_SERIALIZER: " " })).tick.serializer, "json")
    assert.isUndefined((yield* demoOf({ TICK_SPOOL_MAX_MB: "0" })).tick.spool)
  })
)

it.effect("keeps the environment of a real daemon out: its fronts, folders, name and service manager", () =>
  Effect.gen(function* () {
    const demo = yield* demoOf({
      TICKD_INSTANCE: "real",
      TICKD_STATE_DIR: "/real",
      TICKD_CONTRACTS: "/real/contracts.csv",
      CTP_MD_LIBRARY: "/real/vendor.so",
      CTP_FLOW_DIR: "/real/flow",
      CTP_TD_LIBRARY: "/real/trader.so",
      CTP_USER_ID: "8001",
      CTP_BACKUP_MD_ADDRESS: "tcp://real:1",
      ACTIVE_FEED: "backup",
      NOTIFY_SOCKET: "/run/systemd/notify"
    })
    assert.deepStrictEqual(differences(yield* demoOf({}), demo), [])
    assert.strictEqual((yield* demoOf({}, { feeds: 2 })).ctp.profiles.length, 2)
  })
)

it.effect("names all faults at once, and ignores variables that are not its own", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      demoOf({
        TICK_OVERFLOW_POLICY: "oldest",
        TICK_QUEUE_MAXSIZE: "10",
        TICK_WINDOW: "none",
        CTP_PRIMARY_MD_ADDRESS: "?"
      })
    )
    assert.strictEqual(error.code, "CONFIG_INVALID")
    assert.match(error.message, /TICK_OVERFLOW_POLICY is "oldest"/)
    assert.match(error.message, /^ {2}TICK_QUEUE_MAXSIZE is "10"/m)
    assert.include(error.message, "TICK_WINDOW")
    assert.notInclude(error.message, "CTP_PRIMARY_MD_ADDRESS")
  })
)

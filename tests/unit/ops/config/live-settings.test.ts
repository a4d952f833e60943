// A folder that depends on where a run was started, or a part that is stopped although another team runs it, is found
// on the day it costs the session.
import { isAbsolute } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { liveSettingsOf, managedPartsOf } from "../../../../src/ops/config/live-settings.ts"

const settingsOf = (variables: Readonly<Record<string, string>>) =>
  liveSettingsOf(variables, { logDir: "logs/x", declared: [] })

it.effect("has absolute folders and the addresses of this machine without any variable", () =>
  Effect.gen(function* () {
    const {
      instance,
      logDir,
      managed,
      natsUrl,
      projectDir,
      prometheusUrl,
      pushgatewayUrl,
      runDir,
      stateDir,
      telemetryUrl
    } = yield* settingsOf({ MANAGE_NATS: " ", TICKD_RUN_DIR: "" })
    for (const folder of [logDir, projectDir, runDir, stateDir]) assert.isTrue(isAbsolute(folder), folder)
    assert.match(instance, /^[\w-]+$/)
    assert.deepStrictEqual(
      [natsUrl, telemetryUrl, pushgatewayUrl, prometheusUrl],
      ["nats://127.0.0.1:4222", "http://127.0.0.1:9100", "http://127.0.0.1:9091", "http://127.0.0.1:9090"]
    )
    assert.deepStrictEqual(managed, { nats: true, monitoring: true, console: false })
  })
)

it.effect("reaches a daemon that listens everywhere", () =>
  Effect.gen(function* () {
    const urlOf = (host: string) =>
      Effect.map(
        settingsOf({ INGEST_METRICS_HOST: host, INGEST_METRICS_PORT: "9300" }),
        ({ telemetryUrl }) => telemetryUrl
      )
    assert.strictEqual(yield* urlOf("0.0.0.0"), "http://127.0.0.1:9300")
    assert.strictEqual(yield* urlOf("::"), "http://[::1]:9300")
    assert.strictEqual(yield* urlOf("10.1.2.3"), "http://10.1.2.3:9300")
  })
)

it.effect("takes what is set", () =>
  Effect.gen(function* () {
    const { natsUrl, pushgatewayUrl, runDir } = yield* settingsOf({
      NATS_PORT: "4333",
      PUSHGATEWAY_URL: "http://gate:9091/",
      TICKD_RUN_DIR: "/var/lib/tickd/run"
    })
    const silent = yield* settingsOf({ ALERTMANAGER_URL: " ", TICKD_ALERT_RECEIVERS_DIR: "receivers" })
    assert.isUndefined(silent.alertmanagerUrl)
    assert.isTrue(isAbsolute(silent.receiversDir))
    assert.strictEqual((yield* settingsOf({})).alertmanagerUrl, "http://127.0.0.1:9093")
    assert.deepStrictEqual(
      [natsUrl, pushgatewayUrl, runDir],
      ["nats://127.0.0.1:4333", "http://gate:9091", "/var/lib/tickd/run"]
    )
    assert.strictEqual((yield* settingsOf({ NATS_URL: "nats://n:1", NATS_PORT: "2" })).natsUrl, "nats://n:1")
    const managed = yield* managedPartsOf({ MANAGE_NATS: "0", MANAGE_MONITORING: "0", MANAGE_OPS_API: "1" })
    assert.deepStrictEqual(managed, { nats: false, monitoring: false, console: true })
  })
)

it.effect("names every fault at once", () =>
  Effect.gen(function* () {
    const { exitCode, message } = yield* Effect.flip(
      settingsOf({ MANAGE_NATS: "yes", MANAGE_MONITORING: "off", PROMETHEUS_URL: "127.0.0.1:9090" })
    )
    assert.strictEqual(exitCode, 1)
    for (const part of ['MANAGE_NATS is "yes"', 'MANAGE_MONITORING is "off"', "PROMETHEUS_URL is", "set 0 or 1."]) {
      assert.include(message, part)
    }
  })
)

// A container that is created anew although it runs ends every session; one that gets the settings of another run
// makes a rollback a third state.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { composeHost } from "../../../../../src/ops/adapters/compose/compose-host.ts"
import type { LiveSettings } from "../../../../../src/ops/domain/live-settings.ts"
import { holdPort } from "../../../../support/cli-process.ts"
import { liveSettings, liveSettingsIn } from "../../../../support/live-settings.ts"
import { hostRuns } from "../../../../support/program-host-run.ts"
import { standInCompose } from "../../../../support/stand-in-compose.ts"

const elsewhere = "http://10.255.255.1:9"
const { file } = liveSettings().runtimes.compose

let folder = ""
let engine = standInCompose(file)
let runs = hostRuns(composeHost, engine.layer)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-compose-"))
  engine = standInCompose(file)
  runs = hostRuns(composeHost, engine.layer)
})
afterEach(() => rmSync(folder, { recursive: true }))

const settingsOf = (variables: Readonly<Record<string, string>> = {}, more: Partial<LiveSettings> = {}) =>
  liveSettingsIn(folder, {
    declared: [
      { name: "CTP_PRIMARY_USER_ID", secret: "account" },
      { name: "CTP_PRIMARY_PASSWORD", secret: "value" },
      { name: "CTP_PRIMARY_PASSWORD_FILE", credential: "CTP_PRIMARY_PASSWORD" },
      { name: "CTP_FLOW_PATH" },
      { name: "TICKD_NOTIFY_SLACK_URL", secret: "url" }
    ],
    variables: { CTP_PRIMARY_USER_ID: "primary01", PATH: "/usr/bin", EDITOR: "vi", ...variables },
    natsUrl: "nats://10.255.255.1:9",
    telemetryUrl: elsewhere,
    pushgatewayUrl: elsewhere,
    prometheusUrl: elsewhere,
    // On this machine, without a port to wait for.
    alertmanagerUrl: "http://127.0.0.1",
    ...more
  })
const changed = { CTP_PRIMARY_USER_ID: "other99" }

describe("a start", () => {
  it.live("creates what does not run of a part, once, and says which instance runs", () =>
    runs.run(settingsOf(), ({ observe, start }) =>
      Effect.gen(function* () {
        assert.isTrue(yield* start("nats"))
        assert.isTrue(yield* start("tickd"))
        engine.create("prometheus")
        assert.match((yield* observe).monitoring ?? "", /^pushgateway does not run; prometheus container 0+3; alertm/)
        assert.isTrue(yield* start("monitoring"))
        assert.isFalse(yield* start("monitoring"))
        assert.isFalse(yield* start("tickd"))
        assert.deepStrictEqual(engine.asked, ["up nats", "up tickd", "up pushgateway", "up alertmanager"])
        assert.strictEqual((yield* observe).nats, "nats container 000000000001")
      })
    )
  )

  it.live("goes on without Alertmanager, whose image is not here, and says so", () =>
    Effect.gen(function* () {
      engine.faults.set("alertmanager", "noImage")
      yield* runs.run(settingsOf(), ({ start }) => Effect.map(start("monitoring"), (changed) => assert.isTrue(changed)))
      assert.deepStrictEqual(engine.asked, ["up pushgateway prometheus", "up alertmanager"])
      assert.match(runs.lines.join("\n"), /WARN Alertmanager is left out of this start: .*No such image/)
    })
  )

  it.live("gives the container the declared variables of the run, in a file that only its owner reads", () =>
    runs.run(
      settingsOf({
        CTP_FLOW_PATH: "/a b/$x 'q' #1",
        TICKD_NOTIFY_SLACK_URL: "http://secret",
        CTP_PRIMARY_PASSWORD: "hunter2",
        CTP_PRIMARY_PASSWORD_FILE: "/p"
      }),
      ({ start }) =>
        Effect.gen(function* () {
          yield* start("tickd")
          const names = readdirSync(join(folder, "run/compose")).filter((name) => name.startsWith("env-"))
          assert.strictEqual(names.length, 1)
          const path = join(folder, "run/compose", names[0] ?? "")
          assert.strictEqual(
            readFileSync(path, "utf8"),
            [
              "CTP_FLOW_PATH='/a b/$x \\'q\\' #1'",
              "CTP_PRIMARY_PASSWORD_FILE='/p'",
              "CTP_PRIMARY_USER_ID='primary01'",
              "TICKD_INSTANCE='acceptance'",
              ""
            ].join("\n")
          )
          assert.strictEqual(statSync(path).mode & 0o777, 0o600)
          assert.strictEqual(`env-${engine.containerOf("tickd")?.settings}`, names[0])
        })
    )
  )

  it.live("refuses what a container cannot get: a secret as a value, a value of two lines", () =>
    Effect.gen(function* () {
      const withSecret = yield* runs.run(settingsOf({ CTP_PRIMARY_PASSWORD: "hunter2" }), ({ start }) =>
        Effect.flip(start("tickd"))
      )
      assert.strictEqual(
        withSecret.message,
        "CTP_PRIMARY_PASSWORD: containers get secrets from files only. Write each one to a file, and name the file in CTP_PRIMARY_PASSWORD_FILE."
      )
      const twoLines = yield* runs.run(settingsOf({ CTP_FLOW_PATH: "a\nb" }), ({ start }) =>
        Effect.flip(start("tickd"))
      )
      assert.match(twoLines.message, /^CTP_FLOW_PATH has a line break/)
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("leaves a container with other settings as it is, and says so", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      const before = engine.containerOf("tickd")
      assert.isFalse(yield* runs.run(settingsOf(changed), ({ start }) => start("tickd")))
      assert.strictEqual(engine.containerOf("tickd"), before)
      assert.match(runs.lines.at(-1) ?? "", /runs with other settings than these, and is left as it is/)
    })
  )

  it.live("of a container that ends at once names its exit code and its last lines", () =>
    runs.run(settingsOf(), ({ observe, start }) =>
      Effect.gen(function* () {
        engine.faults.set("tickd", "startEnds")
        assert.strictEqual(
          (yield* Effect.flip(start("tickd"))).message,
          "The container of tickd is exited, exit code 78 after its start; its last lines: CTP_PRIMARY_USER_ID is missing"
        )
        assert.isUndefined((yield* observe).tickd)
      })
    )
  )

  it.live("is refused while a program of another runtime has the port, and without the image", () =>
    Effect.gen(function* () {
      const held = yield* Effect.promise(() => holdPort())
      const other = settingsOf({}, { natsUrl: `nats://127.0.0.1:${held.port}` })
      const { message } = yield* runs.run(other, ({ start }) => Effect.flip(start("nats")))
      yield* Effect.promise(() => held.release())
      assert.include(
        message,
        `The container of nats cannot be started: port ${held.port} is held by pid ${process.pid}`
      )
      assert.include(message, "which the runtime compose did not start")
      assert.deepStrictEqual(engine.asked, [])
      engine.faults.set("tickd", "noImage")
      const noImage = yield* runs.run(settingsOf(), ({ start }) => Effect.flip(start("tickd")))
      assert.match(
        noImage.message,
        /No such image.*run 'docker compose --profile dev --profile live pull --ignore-buildable' and 'docker compose build tickd' first\.$/
      )
    })
  )

  it.live("leaves the parts of another team alone", () =>
    runs.run(
      settingsOf({}, { managed: { nats: false, monitoring: false, console: true } }),
      ({ observe, start, stop }) =>
        Effect.gen(function* () {
          engine.create("nats")
          assert.isFalse(yield* start("nats"))
          assert.isFalse(yield* stop("nats"))
          assert.isUndefined((yield* observe).nats)
          assert.match((yield* Effect.flip(start("console"))).message, /MANAGE_OPS_API=0/)
          assert.deepStrictEqual(engine.asked, [])
        })
    )
  )
})

describe("the tool", () => {
  it.live("is docker-compose where the plugin is missing, and its older form of an answer is read", () =>
    Effect.gen(function* () {
      engine.tool.kind = "program"
      engine.tool.asArray = true
      engine.create("nats")
      assert.match((yield* runs.run(settingsOf(), ({ observe }) => observe)).nats ?? "", /^nats container/)
    })
  )

  it.live("that is missing, or has no engine, is named", () =>
    Effect.gen(function* () {
      const observed = () => Effect.flip(runs.run(settingsOf(), ({ observe }) => observe))
      engine.tool.engine = false
      assert.match((yield* observed()).message, /Cannot connect to the Docker daemon/)
      engine.tool.kind = "none"
      assert.match(
        (yield* observed()).message,
        /^docker compose is not on this machine: install .*, or choose another --runtime/
      )
    })
  )
})

describe("a stop", () => {
  it.live("gives each container its grace, goes the other way, and finds nothing the second time", () =>
    runs.run(settingsOf(), ({ start, stop }) =>
      Effect.gen(function* () {
        for (const part of ["nats", "tickd", "monitoring"] as const) yield* start(part)
        engine.asked.length = 0
        for (const part of ["monitoring", "tickd", "nats"] as const) assert.isTrue(yield* stop(part))
        assert.isFalse(yield* stop("nats"))
        assert.deepStrictEqual(engine.asked, [
          "stop alertmanager within 10 s",
          "stop prometheus within 30 s",
          "stop pushgateway within 10 s",
          "stop tickd within 45 s",
          "stop nats within 15 s"
        ])
      })
    )
  )

  it.live("of a container that was killed fails, and a repeated one does too", () =>
    runs.run(settingsOf(), ({ start, stop }) =>
      Effect.gen(function* () {
        yield* start("tickd")
        engine.faults.set("tickd", "stopIsKilled")
        const bad =
          /^tickd \(container 0+1\) ended with 137: it did not end within 45 s and was killed; see 'docker compose/
        assert.match((yield* Effect.flip(stop("tickd"))).message, bad)
        assert.match((yield* Effect.flip(stop("tickd"))).message, bad)
      })
    )
  )
})

describe("a rollback", () => {
  it.live("starts the same container again while it is there", () =>
    Effect.gen(function* () {
      engine.create("tickd")
      yield* runs.run(settingsOf(), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          assert.isTrue(yield* start("tickd", "before"))
          assert.isFalse(yield* start("tickd", "before"))
        })
      )
      assert.deepStrictEqual(engine.asked, ["stop tickd within 45 s", "start tickd"])
      assert.strictEqual(engine.containerOf("tickd")?.id, "000000000001")
    })
  )

  it.live("of a container that was replaced makes one with the settings that the first one had", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      const first = engine.containerOf("tickd")
      yield* runs.run(settingsOf(changed), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          yield* start("tickd")
          assert.strictEqual(engine.containerOf("tickd")?.variables["CTP_PRIMARY_USER_ID"], "other99")
          yield* start("tickd", "before")
          assert.isFalse(yield* start("tickd", "before"))
        })
      )
      const { settings, state, variables } = engine.containerOf("tickd") ?? {}
      assert.deepStrictEqual([settings, state, variables], [first?.settings, "running", first?.variables])
      assert.isFalse(readdirSync(join(folder, "run/compose")).includes("before.json"))
    })
  )

  it.live("of a killed run is one of the next run", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      const first = engine.containerOf("tickd")
      const path = join(folder, "run/compose/before.json")
      // A killed run leaves its record.
      const record = yield* runs.run(settingsOf(changed), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          yield* start("tickd")
          return readFileSync(path, "utf8")
        })
      )
      writeFileSync(path, record)
      yield* runs.run(settingsOf(changed), ({ start }) => start("tickd", "before"), true)
      assert.deepStrictEqual(engine.containerOf("tickd")?.variables, first?.variables)
    })
  )

  it.live("says so when the settings before are not kept", () =>
    Effect.gen(function* () {
      engine.create("tickd")
      yield* runs.run(settingsOf(changed), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          yield* start("tickd")
          yield* stop("tickd")
          assert.isTrue(yield* start("tickd", "before"))
        })
      )
      assert.include(runs.lines.join("\n"), "WARN The settings of tickd before this run are not kept")
    })
  )
})

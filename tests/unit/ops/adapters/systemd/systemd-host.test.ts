// A unit that is started twice, or a failed one that counts as stopped well, is found in the morning of a trading day.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { systemdHost } from "../../../../../src/ops/adapters/systemd/systemd-host.ts"
import type { LiveSettings } from "../../../../../src/ops/domain/live-settings.ts"
import { holdPort } from "../../../../support/cli-process.ts"
import { liveSettingsIn } from "../../../../support/live-settings.ts"
import { hostRuns } from "../../../../support/program-host-run.ts"
import { standInSystemd } from "../../../../support/stand-in-systemd.ts"

const elsewhere = "http://10.255.255.1:9"

let folder = ""
let envFile = ""
let machine = standInSystemd()
let runs = hostRuns(systemdHost, machine.layer)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-systemd-"))
  mkdirSync(join(folder, "etc"))
  envFile = join(folder, "etc", "tickd.env")
  writeFileSync(envFile, "CTP_PRIMARY_USER_ID=primary01\n", { mode: 0o640 })
  machine = standInSystemd()
  machine.install("tickd.service", { environmentFiles: [envFile] })
  for (const name of ["nats", "pushgateway", "prometheus", "alertmanager"]) machine.install(`tickd-${name}.service`)
  runs = hostRuns(systemdHost, machine.layer)
})
afterEach(async () => {
  await machine.close()
  rmSync(folder, { recursive: true })
})

const settingsOf = (more: Partial<LiveSettings> = {}) =>
  liveSettingsIn(folder, {
    declared: [{ name: "CTP_PRIMARY_USER_ID" }, { name: "CTP_ROUTE_SELECTOR" }],
    variables: { CTP_PRIMARY_USER_ID: "primary01" },
    natsUrl: "nats://10.255.255.1:9",
    telemetryUrl: elsewhere,
    pushgatewayUrl: elsewhere,
    prometheusUrl: elsewhere,
    // On this machine, without a port to wait for.
    alertmanagerUrl: "http://127.0.0.1",
    ...more
  })

describe("a start", () => {
  it.live("starts the units of a part once, and says which instance runs", () =>
    runs.run(settingsOf(), ({ observe, start }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(Object.values(yield* observe), [undefined, undefined, undefined, undefined])
        assert.isTrue(yield* start("nats"))
        assert.isTrue(yield* start("monitoring"))
        assert.isFalse(yield* start("nats"))
        assert.deepStrictEqual(machine.asked, [
          "reset-failed tickd-nats.service",
          "start tickd-nats.service",
          "reset-failed tickd-pushgateway.service",
          "start tickd-pushgateway.service",
          "reset-failed tickd-prometheus.service",
          "start tickd-prometheus.service",
          "reset-failed tickd-alertmanager.service",
          "start tickd-alertmanager.service"
        ])
        const { monitoring, nats, tickd } = yield* observe
        assert.strictEqual(nats, "tickd-nats.service pid 4711, invocation invocation-1")
        assert.match(
          monitoring ?? "",
          /^tickd-pushgateway\.service pid .*; tickd-prometheus\.service pid .*; tickd-alertm/
        )
        assert.isUndefined(tickd)
      })
    )
  )

  it.live("goes on without Alertmanager, whose unit an older host lacks, and says so", () =>
    Effect.gen(function* () {
      machine.install("tickd-alertmanager.service", { load: "not-found" })
      yield* runs.run(settingsOf(), ({ start }) => Effect.map(start("monitoring"), (changed) => assert.isTrue(changed)))
      assert.include(
        runs.lines.join("\n"),
        "WARN Alertmanager is left out of this start: tickd-alertmanager.service cannot be started, it is not-found: copy deploy/systemd/tickd-alertmanager.service"
      )
      machine.asked.length = 0
      runs.lines.length = 0
      const elsewhereToo = settingsOf({ alertmanagerUrl: "https://alerts.example" })
      yield* runs.run(elsewhereToo, ({ start }) =>
        Effect.map(start("monitoring"), (changed) => assert.isFalse(changed))
      )
      assert.deepStrictEqual([...machine.asked, ...runs.lines], [])
    })
  )

  it.live("adopts a unit that a boot has started, and completes a part of which one unit runs", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => machine.startUnit("tickd.service"))
      yield* Effect.promise(() => machine.startUnit("tickd-prometheus.service"))
      yield* Effect.promise(() => machine.startUnit("tickd-alertmanager.service"))
      yield* runs.run(settingsOf(), ({ observe, start }) =>
        Effect.gen(function* () {
          assert.match((yield* observe).monitoring ?? "", /^tickd-pushgateway\.service does not run; tickd-prometheus/)
          assert.isFalse(yield* start("tickd"))
          assert.isTrue(yield* start("monitoring"))
        })
      )
      assert.deepStrictEqual(machine.asked, [
        "reset-failed tickd-pushgateway.service",
        "start tickd-pushgateway.service"
      ])
    })
  )

  it.live("of a unit that is not installed names the fix", () =>
    runs.run(
      settingsOf({
        runtimes: { ...settingsOf().runtimes, units: { ...settingsOf().runtimes.units, nats: "other.service" } }
      }),
      ({ start }) =>
        Effect.gen(function* () {
          const { message } = yield* Effect.flip(start("nats"))
          assert.strictEqual(
            message,
            "other.service cannot be started, it is not-found: copy deploy/systemd/other.service to /etc/systemd/system and run 'systemctl daemon-reload', or name another unit in TICKD_UNIT_NATS, or set MANAGE_NATS=0."
          )
        })
    )
  )

  it.live("of a unit that ends at once names how it ended and its last lines, and it still counts as running", () =>
    runs.run(settingsOf(), ({ observe, start, stop }) =>
      Effect.gen(function* () {
        machine.faults.set("tickd.service", "startEnds")
        const { message } = yield* Effect.flip(start("tickd"))
        assert.strictEqual(
          message,
          "tickd.service ended at its start, result exit-code, exit status 78; its last lines: CTP_PRIMARY_USER_ID is missing"
        )
        assert.strictEqual((yield* observe).tickd, "tickd.service is activating (auto-restart)")
        // systemd would start it again and again: a stop ends that, and is no bad end.
        assert.isTrue(yield* stop("tickd"))
        assert.isUndefined((yield* observe).tickd)
      })
    )
  )

  it.live("is refused while a program of another runtime has the port", () =>
    Effect.gen(function* () {
      const held = yield* Effect.promise(() => holdPort())
      const natsUrl = `nats://127.0.0.1:${held.port}`
      yield* runs.run(settingsOf({ natsUrl }), ({ start }) =>
        Effect.gen(function* () {
          const { message } = yield* Effect.flip(start("nats"))
          assert.include(
            message,
            `tickd-nats.service cannot be started: port ${held.port} is held by pid ${process.pid}`
          )
          assert.include(message, "which the runtime systemd did not start")
        })
      )
      yield* Effect.promise(() => held.release())
      assert.deepStrictEqual(machine.asked, [])
    })
  )

  it.live("without the right to manage units names what gives it", () =>
    runs.run(settingsOf(), ({ start }) =>
      Effect.gen(function* () {
        machine.faults.set("tickd-nats.service", "denied")
        const { message } = yield* Effect.flip(start("nats"))
        assert.match(message, /ended with 1: .*Interactive authentication required\.; run the runbook as root, or let/)
      })
    )
  )

  it.live("on a machine that was not booted with systemd names another runtime", () =>
    Effect.gen(function* () {
      machine.isBooted = false
      const { message } = yield* Effect.flip(runs.run(settingsOf(), ({ observe }) => observe))
      assert.match(message, /^systemd does not run this machine: choose another --runtime \(systemctl .* ended with 1/)
    })
  )

  it.live("warns of values that the unit will not take, by name only", () =>
    runs.run(settingsOf({ variables: { CTP_PRIMARY_USER_ID: "other99", CTP_ROUTE_SELECTOR: "backup" } }), ({ start }) =>
      Effect.gen(function* () {
        yield* start("tickd")
        const [warning] = runs.lines
        assert.strictEqual(
          warning,
          `WARN tickd.service reads ${envFile}, and this run has other values for CTP_PRIMARY_USER_ID, CTP_ROUTE_SELECTOR: the unit takes those of its file`
        )
      })
    )
  )

  it.live("leaves the parts of another team alone", () =>
    runs.run(settingsOf({ managed: { nats: false, monitoring: false, console: true } }), ({ observe, start, stop }) =>
      Effect.gen(function* () {
        yield* Effect.promise(() => machine.startUnit("tickd-nats.service"))
        assert.isFalse(yield* start("nats"))
        assert.isFalse(yield* stop("nats"))
        assert.isUndefined((yield* observe).nats)
        assert.match((yield* Effect.flip(start("console"))).message, /MANAGE_OPS_API=0/)
        assert.deepStrictEqual(machine.asked, [])
      })
    )
  )
})

describe("a stop", () => {
  it.live("goes the other way, and finds nothing the second time", () =>
    runs.run(settingsOf(), ({ start, stop }) =>
      Effect.gen(function* () {
        yield* start("monitoring")
        machine.asked.length = 0
        assert.isTrue(yield* stop("monitoring"))
        assert.isFalse(yield* stop("monitoring"))
        assert.deepStrictEqual(
          machine.asked,
          ["alertmanager", "prometheus", "pushgateway"].map((name) => `stop tickd-${name}.service`)
        )
      })
    )
  )

  it.live("of a unit that was killed fails, and a repeated one does too", () =>
    runs.run(settingsOf(), ({ start, stop }) =>
      Effect.gen(function* () {
        yield* start("tickd")
        machine.faults.set("tickd.service", "stopIsKilled")
        const bad =
          "tickd.service did not end well: result timeout, exit status 0; see 'journalctl --unit tickd.service'."
        assert.strictEqual((yield* Effect.flip(stop("tickd"))).message, bad)
        assert.strictEqual((yield* Effect.flip(stop("tickd"))).message, bad)
      })
    )
  )
})

describe("a rollback", () => {
  const other = "CTP_PRIMARY_USER_ID=other99\n"

  it.live("puts the env file back as the unit had read it, keeps the changed one, and keeps owner and mode", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      writeFileSync(envFile, other)
      yield* runs.run(settingsOf(), ({ start, stop }) =>
        Effect.gen(function* () {
          assert.isFalse(yield* start("tickd"))
          assert.match(runs.lines.at(-1) ?? "", /runs with another content of its env file, and is left as it is/)
          yield* stop("tickd")
          yield* start("tickd")
          assert.isTrue(yield* start("tickd", "before"))
          assert.isFalse(yield* start("tickd", "before"))
        })
      )
      assert.strictEqual(readFileSync(envFile, "utf8"), "CTP_PRIMARY_USER_ID=primary01\n")
      assert.strictEqual(readFileSync(`${envFile}.rolled-back`, "utf8"), other)
      assert.deepStrictEqual(
        [statSync(envFile).mode & 0o777, statSync(`${envFile}.rolled-back`).mode & 0o777],
        [0o640, 0o640]
      )
      assert.isFalse(existsSync(join(folder, "run/systemd/before.json")))
      for (const name of readdirSync(join(folder, "run/systemd"))) {
        assert.strictEqual(statSync(join(folder, "run/systemd", name)).mode & 0o777, 0o600, name)
      }
      assert.strictEqual(statSync(join(folder, "run/systemd")).mode & 0o777, 0o700)
    })
  )

  it.live("of a killed run is one of the next run", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      writeFileSync(envFile, other)
      // Without its end: the finalizer of a killed run does not come. Its record stays.
      yield* runs.run(settingsOf(), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          yield* start("tickd")
          const record = readFileSync(join(folder, "run/systemd/before.json"), "utf8")
          yield* Effect.addFinalizer(() => Effect.sync(() => writeFileSync(join(folder, "run/kept.json"), record)))
        }).pipe(Effect.scoped)
      )
      writeFileSync(join(folder, "run/systemd/before.json"), readFileSync(join(folder, "run/kept.json")))
      yield* runs.run(settingsOf(), ({ start }) => start("tickd", "before"), true)
      assert.strictEqual(readFileSync(envFile, "utf8"), "CTP_PRIMARY_USER_ID=primary01\n")
    })
  )

  it.live("says so when what the unit had read is not known", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => machine.startUnit("tickd.service"))
      yield* runs.run(settingsOf(), ({ start, stop }) =>
        Effect.gen(function* () {
          yield* stop("tickd")
          assert.isTrue(yield* start("tickd", "before"))
        })
      )
      assert.include(
        runs.lines.join("\n"),
        "WARN What tickd.service read before this run is not known: it reads its file as it is"
      )
    })
  )

  it.live("that cannot write the env file names the copy, and starts nothing", () =>
    Effect.gen(function* () {
      yield* runs.run(settingsOf(), ({ start }) => start("tickd"))
      writeFileSync(envFile, other)
      mkdirSync(`${envFile}.rolled-back`)
      const error = yield* runs.run(settingsOf(), ({ start, stop }) =>
        Effect.andThen(stop("tickd"), Effect.flip(start("tickd", "before")))
      )
      assert.include(error.message, "cannot be put back as tickd.service read it before: copy it from")
      assert.strictEqual(machine.unitOf("tickd.service").active, "inactive")
    })
  )
})

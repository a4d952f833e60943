// docker-compose itself reads the file, profile by profile: no engine runs here, so what it makes of anchors, defaults
// and names is all that is known before a machine starts it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { variables as declared } from "../../src/app/env/variables.ts"
import { envFileText } from "../../src/ops/adapters/compose/compose-settings.ts"
import { stackServices } from "../../src/ops/domain/runtime-words.ts"
import { liveSettings } from "../support/live-settings.ts"
import { findMonitoringTools } from "../support/monitoring-tools.ts"
import { projectRoot } from "../support/nats-server.ts"

interface Service {
  readonly image: string
  readonly labels?: Record<string, string>
  readonly restart?: string
  readonly logging?: { readonly driver: string; readonly options: Record<string, string> }
  readonly read_only?: boolean
  readonly cap_drop?: ReadonlyArray<string>
  readonly security_opt?: ReadonlyArray<string>
  readonly pids_limit?: number
  readonly cpus?: number
  readonly mem_limit?: string
  readonly stop_grace_period?: string
  readonly entrypoint?: ReadonlyArray<string> | null
  readonly command?: ReadonlyArray<string> | null
  readonly depends_on?: Record<string, unknown>
  readonly secrets?: ReadonlyArray<{ readonly source: string; readonly target?: string }>
  readonly environment?: Record<string, string | null>
  readonly healthcheck?: { readonly test?: ReadonlyArray<string>; readonly disable?: boolean }
  readonly volumes?: ReadonlyArray<{ readonly type: string; readonly source: string; readonly read_only?: boolean }>
  readonly ports?: ReadonlyArray<{ readonly host_ip?: string; readonly published: string }>
}

const tool = findMonitoringTools(["docker-compose"])["docker-compose"]
const howToFetch = "no docker-compose here: bash deploy/dev/monitoring-tools.sh docker-compose"

const compose = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(tool ?? "", ["--project-name", "tickd", "--file", "docker-compose.yml", ...args], {
    cwd: projectRoot,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nowhere", DOCKER_HOST: "tcp://127.0.0.1:1", ...env }
  })
const configOf = (profile: string, env: Readonly<Record<string, string>> = {}, flags: ReadonlyArray<string> = []) => {
  const { status, stderr, stdout } = compose([...flags, "--profile", profile, "config", "--format", "json"], env)
  assert.strictEqual(`${status} ${stderr}`, "0 ", profile)
  return JSON.parse(stdout) as {
    services: Record<string, Service>
    volumes?: Record<string, unknown>
    secrets?: Record<string, { file: string }>
  }
}

const monitoring = ["alertmanager", "grafana", "prometheus", "pushgateway"]
const expected: Readonly<Record<string, ReadonlyArray<string>>> = {
  dev: ["front", "nats", "tickd-rehearsal"],
  live: ["nats-1", "nats-2", "nats-3", ...monitoring, "tickd", "tickd-standby"],
  monitoring,
  // its NATS is that of another profile
  trading: ["trading"],
  paper: ["nats", "trading-paper"]
}
/** They serve no page. */
const unchecked = ["front"]

describe.skipIf(tool === undefined)(`docker-compose config${tool === undefined ? ` (${howToFetch})` : ""}`, () => {
  const configs = new Map<string, ReturnType<typeof configOf>>()
  beforeAll(() => {
    for (const profile of Object.keys(expected)) configs.set(profile, configOf(profile))
  })

  it.each(Object.keys(expected))("accepts the profile %s without a variable, and has its services", (profile) => {
    assert.deepStrictEqual(
      Object.keys(configs.get(profile)?.services ?? {}).sort(),
      [...(expected[profile] ?? [])].sort()
    )
  })

  it("R14: gives each service a bounded log, limits, a restart policy and nothing of root's", () => {
    for (const { services } of configs.values()) {
      for (const [name, service] of Object.entries(services)) {
        assert.strictEqual(service.restart, "unless-stopped", name)
        assert.deepStrictEqual(
          service.logging,
          { driver: "json-file", options: { "max-file": "5", "max-size": "50m" } },
          name
        )
        assert.isTrue(service.read_only, name)
        assert.deepStrictEqual(service.cap_drop, ["ALL"], name)
        assert.deepStrictEqual(service.security_opt, ["no-new-privileges:true"], name)
        assert.isAbove(service.pids_limit ?? 0, 0, name)
        assert.isAbove(service.cpus ?? 0, 0, name)
        assert.isAbove(Number(service.mem_limit ?? 0), 0, name)
        assert.match(service.stop_grace_period ?? "", /^\d+s$/, name)
        // tickd's own image has its health check.
        const has = service.healthcheck?.test !== undefined || service.image === "tickd:local"
        assert.isTrue(unchecked.includes(name) || has, `${name} has no health check`)
      }
    }
  })

  it("publishes ports on the loopback alone, each once in a profile, and stores nothing outside named volumes", () => {
    for (const { services, volumes } of configs.values()) {
      const published = Object.values(services).flatMap(({ ports = [] }) => ports)
      for (const { host_ip } of published) assert.strictEqual(host_ip, "127.0.0.1")
      assert.strictEqual(new Set(published.map((port) => port.published)).size, published.length)
      for (const [name, service] of Object.entries(services)) {
        for (const mount of service.volumes ?? []) {
          if (mount.type === "volume") assert.property(volumes, mount.source, name)
          else assert.isTrue(mount.read_only, `${name} ${mount.source}`)
        }
      }
    }
  })

  it("keeps the names and the state of daemon and standby apart, and lets each wait for the other", () => {
    const { tickd, "tickd-standby": standby } = configs.get("live")?.services ?? {}
    assert.strictEqual(tickd?.environment?.["TICKD_INSTANCE"], "tickd")
    assert.strictEqual(standby?.environment?.["TICKD_INSTANCE"], "tickd-standby")
    const stateOf = (service: Service | undefined) => service?.volumes?.find(({ type }) => type === "volume")?.source
    assert.notStrictEqual(stateOf(tickd), stateOf(standby))
    const afterPeer = ["tini", "--", "node", "deploy/container/after-peer.mjs"]
    assert.deepStrictEqual(tickd?.entrypoint, [...afterPeer, "http://tickd-standby:9100/healthz", "0"])
    assert.deepStrictEqual(standby?.entrypoint, [...afterPeer, "http://tickd:9100/healthz", "5"])
  })

  it("trades beside the market in a dry run, and reads the secrets of files that are named", () => {
    const beside = configOf("trading", {}, ["--profile", "live"]).services
    const published = Object.values(beside).flatMap(({ ports = [] }) => ports.map((port) => port.published))
    assert.strictEqual(new Set(published).size, published.length)
    const dry = beside["trading"]
    assert.includeMembers(Object.keys(dry?.depends_on ?? {}), ["nats", "nats-1", "nats-2", "nats-3"])
    assert.deepInclude(dry?.environment, { TRADE_MODE: "dry", TICKD_INSTANCE: "trading", APCA_API_KEY_ID_FILE: "" })
    const files = {
      APCA_API_KEY_ID_FILE: "/etc/tickd/key-id",
      APCA_API_SECRET_KEY_FILE: "/etc/tickd/secret-key",
      TRADE_WEBHOOK_SECRET_FILE: "/etc/tickd/webhook",
      DATABASE_URL_FILE: "/etc/tickd/database-url"
    }
    const { secrets = {}, services } = configOf("trading", { ...files, TRADE_MODE: "live" })
    const live = services["trading"]
    assert.strictEqual(live?.environment?.["TRADE_MODE"], "live")
    for (const [name, file] of Object.entries(files)) {
      const path = live?.environment?.[name] ?? ""
      const mounted = live?.secrets?.find(({ target }) => target === path)
      assert.strictEqual(secrets[mounted?.source ?? ""]?.file, file, name)
    }
  })

  it("keeps the book of a simulated venue apart from that of a real one, and gives it no key", () => {
    const paper = configs.get("paper")?.services["trading-paper"]
    const stateOf = (service: Service | undefined) => service?.volumes?.find(({ type }) => type === "volume")?.source
    assert.notStrictEqual(stateOf(paper), stateOf(configs.get("trading")?.services["trading"]))
    assert.deepStrictEqual(paper?.command, ["trade", "--simulated-venue"])
    assert.deepStrictEqual(
      Object.keys(paper?.environment ?? {}).filter((name) => /^(?:APCA|DATABASE)_/.test(name)),
      []
    )
  })

  it("takes the settings that a run keeps, the image among them, so that a rollback brings the image back", () => {
    const digest = `registry.example/tickd@sha256:${"a".repeat(64)}`
    const variables = { TICKD_IMAGE: digest, TICK_STREAM_REPLICAS: "3" }
    const folder = mkdtempSync(join(tmpdir(), "tickd-compose-"))
    try {
      writeFileSync(join(folder, "env"), envFileText(liveSettings({ declared, instance: "md1", variables })))
      const env = { TICKD_ENV_FILE: join(folder, "env"), TICKD_SETTINGS: "0123456789ab" }
      const { services } = configOf("live", env, ["--env-file", join(folder, "env")])
      assert.deepInclude(services["tickd"], { image: digest, labels: { "tickd.settings": "0123456789ab" } })
      assert.deepInclude(services["tickd"]?.environment, { TICK_STREAM_REPLICAS: "3", TICKD_INSTANCE: "md1" })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("starts the services of the runbook by name under the profile live", () => {
    // Every name is known, `nats` of the profile dev too: the engine is what is missing.
    const up = ["up", "--detach", "--no-deps", "--no-build", "--pull", "never"]
    assert.match(compose(["--profile", "live", ...up, ...stackServices]).stderr, /^Cannot connect to the Docker daemon/)
    assert.match(compose(["--profile", "live", ...up, "console"]).stderr, /^no such service: console/)
  })
})

// A variable that no page names is not found at night, and one that only a page names does nothing: pages, example
// file and code name the same ones.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readConfig } from "../../../src/market/config/config.ts"
import { environmentNames } from "../../../src/market/config/config-variables.ts"
import { RetentionEnvironment } from "../../../src/ops/config/retention-variables.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const text = (path: string) => readFileSync(join(root, path), "utf8")
const namesIn = (source: string, pattern: RegExp) =>
  new Set([...source.matchAll(pattern)].map((match) => match[1] ?? ""))

const page = text("docs/reference/cli.md")
const onPage = namesIn(page, /`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+)`/g)
const example = text("deploy/tickd.env.example")
const inExample = namesIn(example, /^#?([A-Z][A-Z\d_]+)=/gm)
const compose = text("docker-compose.yml")
const ofCompose = namesIn(compose, /\$\{([A-Z\d_]+)/g)

/** Every place that reads a variable by its name, except the schema of the daemon's own ones. */
const readBesides = namesIn(
  globSync("src/**/*.ts", { cwd: root }).map(text).join("\n"),
  /\benv(?:\.|\[")([A-Z][A-Z\d_]{2,})\b/g
)
/** Only the simulated vendor libraries read these. */
const ofSimulation = namesIn(
  globSync("src/market/adapters/ctp/native/*.{cc,h}", { cwd: root }).map(text).join("\n"),
  /"(TICKD_SIM_[A-Z_]+)"/g
)
/** Only tests and benches read it. */
const ofTests = new Set(["TICKD_RECORDINGS"])
const ofOps = Object.keys(RetentionEnvironment.fields)
const known = new Set([...environmentNames, ...readBesides, ...ofOps, "ACTIVE_FEED", "SESSION_CONFIG"])
/** Variables that the system sets for every process. */
const ofSystem = new Set(["PATH", "HOME", "NODE_ENV", "TERM"])
const without = (names: Iterable<string>, ...there: ReadonlyArray<ReadonlySet<string>>) =>
  [...names].filter((name) => !there.some((set) => set.has(name)))

it("documents every variable that a module reads by name", () => {
  assert.include([...readBesides], "PUSHGATEWAY_URL")
  assert.deepStrictEqual(without(known, onPage, ofSystem), [])
})

it("documents no variable of CTP, tickd or the failover that nothing reads", () => {
  const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].filter((name) => !name.includes("decisions"))
  const named = pages.flatMap((name) => [
    ...namesIn(
      text(name),
      /\b((?:CTP|TICKD|MD_FAILOVER|MD_FAILBACK|INGEST|SUBSCRIBE_RATE_LIMIT|RATE_LIMIT)_[A-Z\d_]*[A-Z\d])\b(?!_…)/g
    )
  ])
  assert.isAbove(named.length, 60)
  const legacy = new Set(environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_")))
  const parts = new Set(["CTP_PRIMARY", "CTP_BACKUP", "SUBSCRIBE_RATE_LIMIT"])
  assert.deepStrictEqual(without(new Set(named), known, ofSimulation, ofTests, legacy, parts), [])
})

it("has every variable of the daemon in the example file, and no other one", () => {
  const ofSystemd = new Set(["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
  assert.deepStrictEqual(without(environmentNames, inExample, ofSystemd), [])
  assert.deepStrictEqual(without(inExample, known, ofCompose), [])
  assert.deepStrictEqual(without(ofCompose, inExample), [])
})

it("gives the daemon longer to stop than its own deadline, as a systemd unit and as a container", () => {
  const deadlineMs = Number(/^#TICKD_SHUTDOWN_DEADLINE_MS=(\d+)$/m.exec(example)?.[1])
  const unit = text("deploy/systemd/tickd.service")
  assert.isAbove(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000, deadlineMs)
  assert.isAbove(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]) * 1000, deadlineMs)
  // Only the daemon's own process reports to systemd; SIGTERM to the workers too would break the
  // drain's order.
  for (const line of ["Type=notify", "NotifyAccess=main", "KillMode=mixed"]) assert.include(unit, `\n${line}\n`)
})

it.effect("configures a daemon with the example file as it is, and with every line of it that has a value", () =>
  Effect.gen(function* () {
    const lines = (prefix: RegExp) =>
      Object.fromEntries([...example.matchAll(prefix)].map((match) => [match[1] ?? "", match[2] ?? ""]))
    const asIs = {
      ...lines(/^([A-Z][A-Z\d_]+)=(.*)$/gm),
      CTP_MD_LIBRARY: "/opt/md.so",
      CTP_PRIMARY_PASSWORD_FILE: "/dev/null"
    }
    const config = yield* readConfig(asIs)
    assert.deepStrictEqual(
      config.ctp.profiles.map(({ feed }) => feed),
      ["primary"]
    )
    const all = { ...lines(/^#?([A-Z][A-Z\d_]+)=(.*)$/gm), CTP_PRIMARY_PASSWORD_FILE: "/dev/null" }
    const two = yield* readConfig({ ...all, CTP_BACKUP_PASSWORD_FILE: "/dev/null", CTP_PRIMARY_AUTH_CODE_FILE: "" })
    assert.strictEqual(two.ctp.profiles.length, 2)
    assert.strictEqual(two.shutdownDeadlineMs, config.shutdownDeadlineMs, "the file shows the defaults")
  })
)

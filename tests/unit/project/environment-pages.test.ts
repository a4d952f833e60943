// A variable that no page names is not found at night, and one that only a page names does nothing: declarations,
// pages, example file and code name the same ones.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { configPage, exampleFile, tradeExampleFile } from "../../../deploy/dev/config-pages.ts"
import { variables } from "../../../src/app/env/variables.ts"
import { readConfig } from "../../../src/market/config/config.ts"
import { checkEnvironment } from "../../../src/market/config/config-check.ts"
import { environmentNames, withLegacyNames } from "../../../src/market/config/config-variables.ts"
import { wrongForms } from "../../../src/platform/process/variable-forms.ts"
import { defaultTickSubject } from "../../../src/protocol/market/subjects.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const text = (path: string) => readFileSync(join(root, path), "utf8")
const namesIn = (source: string, pattern: RegExp) =>
  new Set([...source.matchAll(pattern)].map((match) => match[1] ?? ""))

const example = text("deploy/tickd.env.example")
const compose = text("docker-compose.yml")
const sources = (...patterns: ReadonlyArray<string>) =>
  globSync([...patterns], { cwd: root })
    .map(text)
    .join("\n")

/** Where a variable is read by its name, each with the place in its pattern. */
const readIn = {
  schemas: namesIn(sources("src/*/config/*.ts"), /^ +([A-Z][A-Z\d]*(?:_[A-Z\d]+)+): (?:Schema\.|\w+\()/gm),
  programs: namesIn(sources("src/**/*.{ts,mjs}"), /\benv(?:\.|\[")([A-Z][A-Z\d_]{2,})\b/g),
  compose: namesIn(compose, /\$\{([A-Z\d_]+)/g),
  scripts: namesIn(sources("deploy/**/*.sh"), /\$\{([A-Z][A-Z\d_]+):[-?]/g),
  simulation: namesIn(sources("src/market/adapters/ctp/native/**/*.{cc,h}"), /"(TICKD_SIM_[A-Z_]+)"/g),
  tests: namesIn(sources("tests/**/*.ts", "deploy/dev/*.mjs"), /process\.env(?:\.|\[")(TICKD_[A-Z\d_]+)/g)
}
const read = new Set([...environmentNames, ...Object.values(readIn).flatMap((names) => [...names])])
const declared = new Set(variables.map(({ name }) => name))
const aliases = new Set(variables.flatMap((variable) => variable.aliases ?? []))
const without = (names: Iterable<string>, ...there: ReadonlyArray<ReadonlySet<string>>) =>
  [...names].filter((name) => !there.some((set) => set.has(name)))

it("declares every variable that a program, a script, the compose file or a simulated library reads", () => {
  for (const names of Object.values(readIn)) assert.isAbove(names.size, 0)
  assert.deepStrictEqual(without(read, declared), [])
})

it("declares no variable that nothing reads, and none twice", () => {
  assert.deepStrictEqual(without(declared, read), [])
  assert.strictEqual(declared.size, variables.length)
  assert.deepStrictEqual(without(aliases, new Set(Object.keys(withAliases()))), [])
})

/** The names that the daemon takes for one of its own. */
const withAliases = () =>
  Object.fromEntries(
    [...aliases].filter((name) => Object.keys(withLegacyNames({ [name]: "x" })).length === 1).map((name) => [name, "x"])
  )

it("has the example file and the reference page of the declarations", () => {
  assert.strictEqual(example, exampleFile(), "stale: run 'npm run generate'")
  assert.strictEqual(text("docs/reference/config.md"), configPage(), "stale: run 'npm run generate'")
  assert.strictEqual(text("deploy/trade.env.example"), tradeExampleFile(), "stale: run 'npm run generate'")
  assert.deepStrictEqual(without(readIn.compose, namesIn(example, /^#?([A-Z][A-Z\d_]+)=/gm)), [])
})

it("says what a variable means in both languages, and needs a page that exists", () => {
  for (const { en, name, section, zh } of variables) {
    assert.match(en, /^[^\n]+\.$/, name)
    assert.match(zh, /\p{Script=Han}[^\n]*。$/u, name)
    if (section.page !== undefined) assert.include(docs, `docs/${section.page}`)
  }
})
const docs = globSync("docs/**/*.md", { cwd: root })

it("documents no variable of CTP, tickd or the failover that nothing reads", () => {
  const pages = ["README.md", ...docs].filter((name) => !name.includes("decisions"))
  const named = pages.flatMap((name) => [
    ...namesIn(
      text(name),
      /\b((?:CTP|TICKD|MD_FAILOVER|MD_FAILBACK|INGEST|SUBSCRIBE_RATE_LIMIT|RATE_LIMIT)_[A-Z\d_]*[A-Z\d])\b(?!_…)/g
    )
  ])
  assert.isAbove(named.length, 60)
  const parts = new Set(["CTP_PRIMARY", "CTP_BACKUP", "SUBSCRIBE_RATE_LIMIT"])
  assert.deepStrictEqual(without(new Set(named), declared, aliases, parts), [])
})

it.effect("declares the defaults that the daemon has", () =>
  Effect.gen(function* () {
    const login = { CTP_MD_LIBRARY: "/opt/md.so", CTP_PRIMARY_PASSWORD: "p" }
    const needed = {
      CTP_PRIMARY_MD_ADDRESS: "tcp://h:1",
      CTP_PRIMARY_BROKER_ID: "1",
      CTP_PRIMARY_USER_ID: "u",
      ...login
    }
    const ofDaemon = variables.filter(({ name }) => environmentNames.includes(name))
    const presets = ofDaemon.flatMap(({ name, preset }) => (preset === undefined ? [] : [[name, preset] as const]))
    assert.isAbove(presets.length, 35)
    const plain = yield* readConfig(needed)
    for (const [name, preset] of presets) {
      const set = yield* readConfig({ ...needed, [name]: preset })
      // These are left out where they are not set, and have their default where they are used.
      const late = ["TICK_SUBJECT_TEMPLATE", "TICK_OVERFLOW_POLICY", "NATS_INBOX_PREFIX"]
      if (!late.includes(name)) assert.deepStrictEqual(set, plain, name)
    }
    assert.strictEqual(variables.find(({ name }) => name === "TICK_SUBJECT_TEMPLATE")?.preset, defaultTickSubject)
  })
)

it("shows examples and defaults that the programs accept", () => {
  const shown = variables.flatMap(({ example, name, preset }) =>
    [example, preset].flatMap((value) => (value === undefined ? [] : [{ name, value }]))
  )
  assert.isAbove(shown.length, 60)
  for (const { name, value } of shown) {
    const { expected } = checkEnvironment({ [name]: value })
    assert.deepStrictEqual([...expected, ...wrongForms(variables, { [name]: value })], [], name)
  }
})

it("gives the daemon longer to stop than its own deadline, as a systemd unit and as a container", () => {
  const deadlineMs = Number(/^#TICKD_SHUTDOWN_DEADLINE_MS=(\d+)$/m.exec(example)?.[1])
  for (const service of [/^ {2}tickd:\n/m, /^x-trading: /m]) {
    const graceSeconds = /stop_grace_period: (\d+)s/.exec(compose.slice(compose.search(service)))?.[1]
    assert.isAbove(Number(graceSeconds) * 1000, deadlineMs)
  }
  for (const name of ["tickd", "tickd-trade"]) {
    const unit = text(`deploy/systemd/${name}.service`)
    assert.isAbove(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000, deadlineMs, name)
    // Only the daemon's own process reports to systemd; SIGTERM to its children too would break the
    // drain's order.
    for (const line of ["Type=notify", "NotifyAccess=main", "KillMode=mixed"]) assert.include(unit, `\n${line}\n`)
  }
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

// A timer that starts a verb which is not there fails for the first time at night.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { variables } from "../../../src/app/env/variables.ts"
import { verbGroups } from "../../../src/app/verbs.ts"
import { liveSettingsOf } from "../../../src/ops/config/live-settings.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"

const verbs: ReadonlyArray<string> = verbGroups.flatMap((group) => group.verbs.map(({ name }) => name))
const credentials: ReadonlyArray<string> = variables.flatMap(({ credential }) => credential ?? [])
const units = globSync("deploy/systemd/*.service", { cwd: projectRoot })
/** Units that run a program of Debian, not a verb. */
const programs = ["tickd-nats", "tickd-prometheus", "tickd-pushgateway", "tickd-alertmanager"].map(
  (name) => `deploy/systemd/${name}.service`
)
const timers = globSync("deploy/systemd/*.timer", { cwd: projectRoot })

/** The units in a folder of their own, with a program that is on this machine. */
const unitsHere = (folder: string) =>
  [...units, ...timers].map((path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
      // Neither a release nor Debian's packages are on this machine.
      .replace(/^ExecStart=\S+ /m, "ExecStart=/bin/true ")
    const copy = join(folder, basename(path))
    writeFileSync(copy, text)
    return copy
  })

describe("systemd units", () => {
  it("pass systemd's own check", (context) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return context.skip("no systemd-analyze here")
    const folder = mkdtempSync(join(tmpdir(), "tickd-units-"))
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...unitsHere(folder)], {
      encoding: "utf8"
    })
    rmSync(folder, { recursive: true })
    assert.strictEqual(`${status} ${stderr}`, "0 ")
  })

  it("expose at most 2.0 of what an attacker could use", (context) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return context.skip("no systemd-analyze here")
    const { stdout } = spawnSync(
      "systemd-analyze",
      ["security", "--offline=true", "--no-pager", ...units.map((path) => join(projectRoot, path))],
      { encoding: "utf8" }
    )
    const exposures = [...stdout.matchAll(/Overall exposure level for (\S+): ([\d.]+)/g)].map(([, unit, level]) => ({
      unit,
      level: Number(level)
    }))
    assert.lengthOf(exposures, units.length)
    assert.deepStrictEqual(
      exposures.filter(({ level }) => level > 2),
      []
    )
  })

  it("are found", () => {
    assert.isAtLeast(units.length, 2)
    assert.isAtLeast(timers.length, 1)
  })

  it.effect("are there under the names that the runbooks ask for without a variable", () =>
    Effect.gen(function* () {
      const { runtimes } = yield* liveSettingsOf({}, { declared: [], logDir: "logs" })
      for (const unit of Object.values(runtimes.units)) assert.include(units, `deploy/systemd/${unit}`)
    })
  )

  it.each(units.filter((unit) => !programs.includes(unit)))("%s runs a verb of the program", (path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
    const verb = /^ExecStart=\/opt\/tickd\/current\/bin\/tickd ([a-z-]+)/m.exec(text)?.[1] ?? ""
    assert.include(verbs, verb)
  })

  it.each(units)("%s takes credentials that the program knows, and starts without them", (path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
    // A relative source is looked for in /etc/credstore, and skipped when absent; an absolute one must exist.
    // Trading has its own, its user of NATS among them.
    const owner = basename(path).startsWith("tickd-trade") ? "tickd-trade" : "tickd"
    for (const [, name = "", source] of text.matchAll(/^LoadCredential=([^:\n]+):?(.*)$/gm)) {
      assert.include(credentials, name)
      assert.strictEqual(source, `${owner}.${name}`)
    }
  })

  it.each(timers)("%s starts a service of the same name, in the time of the exchanges", (path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
    assert.isTrue(existsSync(join(projectRoot, "deploy/systemd", `${basename(path, ".timer")}.service`)))
    for (const [line] of text.matchAll(/^OnCalendar=.*$/gm)) assert.match(line, / Asia\/Shanghai$/)
  })
})

// A timer that starts a verb which is not there fails for the first time at night.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { verbGroups } from "../../../src/app/verbs.ts"
import { liveSettingsOf } from "../../../src/ops/config/live-settings.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"

const verbs: ReadonlyArray<string> = verbGroups.flatMap((group) => group.verbs.map(({ name }) => name))
const units = globSync("deploy/systemd/*.service", { cwd: projectRoot })
/** Units that run a program of Debian, not a verb. */
const programs = ["tickd-nats", "tickd-prometheus", "tickd-pushgateway"].map((name) => `deploy/systemd/${name}.service`)
const timers = globSync("deploy/systemd/*.timer", { cwd: projectRoot })

/** The units in a folder of their own, with a program that is on this machine. */
const unitsHere = (folder: string) =>
  [...units, ...timers].map((path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
      .replaceAll("/usr/bin/node", process.execPath)
      .replace(/^ExecStart=\/usr\/s?bin\/(?:nats-server|prometheus|prometheus-pushgateway) /m, "ExecStart=/bin/true ")
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
    const verb = /^ExecStart=\/usr\/bin\/node .*\/opt\/tickd\/src\/app\/tickd\.mjs ([a-z-]+)/m.exec(text)?.[1] ?? ""
    assert.include(verbs, verb)
  })

  it.each(timers)("%s starts a service of the same name, in the time of the exchanges", (path) => {
    const text = readFileSync(join(projectRoot, path), "utf8")
    assert.isTrue(existsSync(join(projectRoot, "deploy/systemd", `${basename(path, ".timer")}.service`)))
    for (const [line] of text.matchAll(/^OnCalendar=.*$/gm)) assert.match(line, / Asia\/Shanghai$/)
  })
})

// What a bare host gets beside the units: rights, rotation, checks before an installation. A wrong line there is found
// when a disk is full or an operator has no right to stop a unit.
import { spawn, spawnSync } from "node:child_process"
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach } from "vitest"
import { eventually, holdPort } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-host-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8")
/** `npm run verify` fetches it before. */
const toolOf = (name: string): string | undefined => {
  const { status, stdout } = spawnSync("bash", [join(projectRoot, "deploy/dev/host-tools.sh"), "--find", name], {
    encoding: "utf8"
  })
  return status === 0 ? stdout.trim() : undefined
}

describe("the files of a bare host", () => {
  it("are shell scripts without a finding of shellcheck", (context) => {
    const shellcheck = toolOf("shellcheck")
    if (shellcheck === undefined) return context.skip("no shellcheck here: bash deploy/dev/host-tools.sh shellcheck")
    const scripts = globSync(
      [
        "deploy/install.sh",
        "deploy/release/{tickd,*.sh}",
        "deploy/dev/{host-tools,with-deps}.sh",
        "deploy/operations/*"
      ],
      { cwd: projectRoot }
    ).filter((path) => /^#(?:!.*sh$| shellcheck)/m.test(read(path).split("\n", 1).join("")))
    assert.isAbove(scripts.length, 10)
    const { stdout } = spawnSync(shellcheck, ["-x", "-P", "SCRIPTDIR", ...scripts], {
      cwd: projectRoot,
      encoding: "utf8"
    })
    assert.strictEqual(stdout, "")
  })

  it("rotate the log of a program that runs on, and leave the audit alone", async (context) => {
    const logrotate = toolOf("logrotate")
    if (logrotate === undefined) return context.skip("no logrotate here: bash deploy/dev/host-tools.sh logrotate")
    const logs = join(folder, "tickd", "logs", "runbooks")
    mkdirSync(logs, { recursive: true, mode: 0o750 })
    const group = spawnSync("id", ["-gn"], { encoding: "utf8" }).stdout.trim()
    const rules = join(folder, "rules")
    writeFileSync(
      rules,
      read("deploy/logrotate/tickd")
        .replaceAll("/var/lib/", `${folder}/`)
        .replace("su tickd tickd", `su ${userInfo().username} ${group}`),
      { mode: 0o644 }
    )
    const audit = join(logs, "startup_audit.log")
    writeFileSync(audit, "whole\n")
    // As the runtime `process` starts a program: its output is appended to the file for as long as it lives.
    const log = join(logs, "tickd.log")
    const program = spawn("bash", ["-c", 'exec >>"$0"; echo before; read -r; echo after; read -r', log], {
      stdio: ["pipe", "ignore", "ignore"]
    })
    const has = (word: string) =>
      eventually(`${word} in the log`, () => readFileSync(log, "utf8").includes(word) || undefined, 5_000)
    try {
      await has("before")
      const { status, stderr } = spawnSync(logrotate, ["--force", "--state", join(folder, "state"), rules], {
        encoding: "utf8"
      })
      assert.strictEqual(`${status} ${stderr}`, "0 ")
      program.stdin?.write("\n")
      await has("after")
    } finally {
      program.kill()
    }
    assert.strictEqual(readFileSync(log, "utf8"), "after\n")
    assert.strictEqual(readFileSync(audit, "utf8"), "whole\n")
    const [rotated = "", ...others] = readdirSync(logs).filter(
      (name) => !["tickd.log", "startup_audit.log"].includes(name)
    )
    // A name that `tickd retention run` deletes in time.
    assert.match(rotated, /^tickd\.\d{8}-\d+\.log\.gz$/)
    assert.deepStrictEqual(others, [])
    assert.strictEqual(gunzipSync(readFileSync(join(logs, rotated))).toString(), "before\n")
  })

  it("let the user tickd manage the units of tickd, and nothing else", () => {
    const rules: Array<(action: object, subject: object) => unknown> = []
    const polkit = { addRule: (rule: (typeof rules)[number]) => rules.push(rule), Result: { YES: "yes" } }
    runInNewContext(read("deploy/polkit/50-tickd.rules"), { polkit })
    const asked = (user: string, unit: string, verb: string, id = "org.freedesktop.systemd1.manage-units") =>
      rules.map((rule) => rule({ id, lookup: (name: string) => ({ unit, verb })[name] }, { user }))
    for (const verb of ["start", "stop", "restart", "reset-failed"]) {
      assert.deepStrictEqual(asked("tickd", "tickd-nats.service", verb), ["yes"])
    }
    assert.deepStrictEqual(asked("other", "tickd.service", "stop"), [undefined])
    assert.deepStrictEqual(asked("tickd", "ssh.service", "stop"), [undefined])
    assert.deepStrictEqual(asked("tickd", "tickd.service.d", "stop"), [undefined])
    assert.deepStrictEqual(asked("tickd", "tickd.service", "set-property"), [undefined])
    assert.deepStrictEqual(asked("tickd", "tickd.service", "start", "org.freedesktop.systemd1.manage-unit-files"), [
      undefined
    ])
    // No runbook starts or stops trading, so only root does.
    const trade = "deploy/systemd/tickd-trade.service"
    for (const verb of ["start", "stop"])
      assert.deepStrictEqual(asked("tickd", "tickd-trade.service", verb), [undefined])
    const units = globSync("deploy/systemd/*.service", { cwd: projectRoot }).filter(
      (path) => path !== trade && /^\[Install\]$/m.test(read(path))
    )
    for (const path of units)
      assert.deepStrictEqual(asked("tickd", path.replace("deploy/systemd/", ""), "start"), ["yes"])
  })

  it("name the ports that another program holds", async () => {
    const { port, release } = await holdPort()
    const held = () =>
      spawnSync("bash", ["-c", `root='' from=/ releases=/; . deploy/release/checks.sh; held_ports ${port} 1`], {
        cwd: projectRoot,
        encoding: "utf8"
      }).stdout
    assert.strictEqual(held(), `${port}\n`)
    await release()
    assert.strictEqual(held(), "")
  })
})

// Before the market opens an operator checks the env file in one command. It must be right, fast, and keep secrets.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { endCommands, lastJson, startCommand, stateFolder, tickd } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const file = (name: string, lines: ReadonlyArray<string>, mode = 0o600) => {
  const path = join(folder.path, name)
  writeFileSync(path, `${lines.join("\n")}\n`)
  chmodSync(path, mode)
  return path
}
const right = [
  "CTP_MD_LIBRARY=/opt/md.so",
  "CTP_PRIMARY_MD_ADDRESS=tcp://front.example:41213",
  "CTP_PRIMARY_BROKER_ID=9999",
  "CTP_PRIMARY_USER_ID=12345678",
  "CTP_PRIMARY_PASSWORD=S3CRET"
]

describe("tickd env validate", () => {
  it("accepts a right file with 0", async () => {
    const ended = await tickd(["env", "validate", "--env-file", file("right.env", right)])
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(ended.stdout).toMatch(/^OK: .*right\.env, profile live, \d variables set, 0 faults, 0 warnings\n$/)
  })

  it("lists every fault with its line and its fix, ends with 1 and prints no secret", async () => {
    const path = file("wrong.env", [...right.slice(2), "TICK_WINDOW=7", "TICK_WNDOW=1", "nonsense"], 0o644)
    const ended = await tickd(["env", "validate", "--source", path, "--profile", "live", "--require-backup", "--json"])
    expect(ended.code).toBe(1)
    expect(ended.stdout + ended.stderr).not.toContain("S3CRET")
    const { findings, ok } = lastJson(ended.stdout) as unknown as {
      ok: boolean
      findings: ReadonlyArray<{ code: string; line: number | null; fix: string }>
    }
    expect(ok).toBe(false)
    expect(findings.map(({ code, line }) => `${code} ${line}`)).toEqual([
      "ENV_LINE 6",
      "ENV_UNKNOWN 5",
      "ENV_INVALID 4",
      "ENV_MISSING null",
      "ENV_MISSING null",
      "ENV_BACKUP_REQUIRED null",
      "ENV_MODE null"
    ])
    expect(findings.every(({ fix }) => fix.length > 0)).toBe(true)
  })

  it("refuses a profile that does not exist with 64, and names a file that is not there", async () => {
    expect((await tickd(["env", "validate", "--profile", "prod"])).code).toBe(64)
    const ended = await tickd(["env", "validate", "--env-file", join(folder.path, "none.env")])
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain(`environment_file_missing path=${folder.path}/none.env`)
  })
})

describe("deploy/operations/validate_env", () => {
  const script = join(projectRoot, "deploy", "operations", "validate_env")
  const run = (...flags: ReadonlyArray<string>) =>
    startCommand([script, ...flags], { program: "bash", cwd: folder.path }).ended
  const audit = () =>
    readFileSync(join(folder.path, "logs", "runbooks", "startup_audit.log"), "utf8")
      .trim()
      .split("\n")

  it("prints events and sentences of the runbooks, and writes one audit line a run", async () => {
    const passed = await run("--source", file("right.env", right), "--profile", "live")
    expect(passed).toMatchObject({ code: 0, stderr: "" })
    expect(lastJson(passed.stdout)).toMatchObject({
      event: "environment_validation_passed",
      level: "INFO",
      exit_code: 0,
      profile: "live",
      config: "primary",
      active_feed: "primary",
      account: "1234...78",
      mock: false,
      summary: { CTP_PRIMARY_PASSWORD: "***", CTP_PRIMARY_USER_ID: "1234...78" }
    })
    expect(passed.stdout).toMatch(/"timestamp":"[\dT:.-]+\+08:00"/)
    const lines = [
      "CTP_MD_LIBRARY=/opt/md.so",
      "CTP_PRIMARY_MD_ADDRESS=http://front.example:1",
      "CTP_PRIMARY_PASSWORD=S3CRET",
      "CTP_BACKUP_USER_ID=1"
    ]
    const failed = await run("--source", file("wrong.env", lines))
    expect(failed.code).toBe(1)
    expect(lastJson(failed.stdout)).toMatchObject({ event: "environment_validation_failed", level: "ERROR" })
    for (const sentence of [
      "Missing required primary credentials: CTP_PRIMARY_BROKER_ID, CTP_PRIMARY_USER_ID",
      "Incomplete backup credentials: CTP_BACKUP_MD_ADDRESS, CTP_BACKUP_BROKER_ID, CTP_BACKUP_PASSWORD (or CTP_BACKUP_PASSWORD_FILE)",
      "Endpoint(s) must start with tcp:// or ssl://: CTP_PRIMARY_MD_ADDRESS"
    ])
      expect(failed.stderr.split("\n")).toContain(sentence)
    const alone = await run("--source", file("right.env", right), "--require-backup")
    expect(alone.stderr).toMatch(/^Backup profile required but not provided\n/)
    const gone = await run("--source", "gone.env")
    expect(gone.stderr).toMatch(/^environment_file_missing path=gone\.env/)
    expect([passed, failed, alone, gone].map(({ stdout, stderr }) => stdout + stderr).join()).not.toContain("S3CRET")
    expect(audit().map((line) => line.replace(/^[\dT:.-]+\+08:00,/, ""))).toEqual([
      "validate_env,,live,0",
      "validate_env,,live,1",
      "validate_env,,live,1",
      "validate_env,,live,1"
    ])
  })
})

describe("tickd env show and diff", () => {
  it("show effective values with their source, and what differs, without a secret", async () => {
    const one = file("one.env", [...right, "TICK_WINDOW=4096"])
    const other = file("other.env", [...right.slice(0, 4), "CTP_PRIMARY_PASSWORD=S3CRET2", "LOG_LEVEL=DEBUG"])
    const shown = await tickd(["env", "show", "--env-file", one], { NATS_URL: "nats://u:S3CRET@h:4222" })
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/^TICK_WINDOW +4096 +\S+one\.env:6$/m)
    expect(shown.stdout).toMatch(/^NATS_URL +nats:\/\/h:4222 +environment$/m)
    expect(shown.stdout).toMatch(/^CTP_PRIMARY_USER_ID +1234\.\.\.78 +/m)
    expect(shown.stdout).toMatch(/^LOG_LEVEL +INFO +default$/m)
    const compared = await tickd(["env", "diff", one, other])
    expect(compared).toMatchObject({
      code: 1,
      stdout: "~ CTP_PRIMARY_PASSWORD=*** (differs, masked)\n+ LOG_LEVEL=DEBUG\n- TICK_WINDOW=4096\n"
    })
    expect(shown.stdout + compared.stdout).not.toContain("S3CRET")
    expect((await tickd(["env", "diff", one, one])).code).toBe(0)
    expect((await tickd(["env", "diff", one, join(folder.path, "none.env")])).code).toBe(65)
  })
})

describe("a credential of systemd", () => {
  it("goes before the file and the variable, and is checked", async () => {
    file("CTP_PRIMARY_PASSWORD", ["S3CRET"])
    const env = { CREDENTIALS_DIRECTORY: folder.path, CTP_PRIMARY_PASSWORD_FILE: "/nowhere" }
    const path = file("login.env", right)
    const shown = await tickd(["env", "show", "--env-file", path], env)
    expect(shown.stdout).toMatch(/^CTP_PRIMARY_PASSWORD_FILE +\S+\/CTP_PRIMARY_PASSWORD +credential$/m)
    expect(shown.stdout).not.toMatch(/^CTP_PRIMARY_PASSWORD /m)
    expect((await tickd(["env", "validate", "--env-file", path], env)).code).toBe(0)
    file("CTP_PRIMARY_PASSWORD", ["S3CRET".repeat(7)])
    const long = await tickd(["env", "validate", "--env-file", path], env)
    expect(long.code).toBe(1)
    expect(long.stdout).toContain("whose text has 42 bytes and CTP has room for 40")
    expect(long.stdout).not.toContain("S3CRET")
  })
})

describe("tickd env runtime", () => {
  /** A stand-in for vault: checks its arguments and prints what a key-value store of version 2 answers. */
  const vault = (answer: object) => {
    const path = join(folder.path, "vault")
    const script = `#!/bin/sh
[ "$*" = "read -format=json secret/ctp/live" ] || { echo "wrong arguments: $*" >&2; exit 2; }
cat <<'END'
${JSON.stringify(answer)}
END
`
    writeFileSync(path, script, { mode: 0o755 })
  }
  const secrets = {
    CTP_PRIMARY_BROKER_ID: "9999",
    CTP_PRIMARY_USER_ID: "12345678",
    CTP_PRIMARY_PASSWORD: "S3CRET '$x",
    OTHER_PROGRAM: "S3CRET"
  }
  const base = () => file("base.env", right.slice(0, 2))
  const run = (out: string, command = "vault read -format=json secret/ctp/live", ...more: ReadonlyArray<string>) =>
    tickd(["env", "runtime", "--from-command", command, "--out", out, "--env-file", base(), ...more], {
      PATH: `${folder.path}:${process.env["PATH"]}`
    })

  it("writes what Vault answers with mode 0600, and prints names only", async () => {
    vault({ data: { data: secrets, metadata: {} } })
    const out = join(folder.path, ".env.runtime")
    writeFileSync(out, "OLD=1\n", { mode: 0o644 })
    const ended = await run(out)
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(ended.stdout).toBe(
      `left out, not read by tickd: OTHER_PROGRAM\n${out} written, mode 0600, profile live: CTP_PRIMARY_BROKER_ID, CTP_PRIMARY_USER_ID, CTP_PRIMARY_PASSWORD\n`
    )
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(readFileSync(out, "utf8")).toBe(
      `CTP_PRIMARY_BROKER_ID=9999\nCTP_PRIMARY_USER_ID=12345678\nCTP_PRIMARY_PASSWORD="S3CRET '\\$x"\n`
    )
    expect(readdirSync(folder.path).filter((name) => name.endsWith(".tmp"))).toEqual([])
  })

  it("leaves the old file when the answer has a fault, and repeats no value", async () => {
    const out = join(folder.path, ".env.kept")
    writeFileSync(out, "OLD=1\n")
    vault({ data: { ...secrets, CTP_PRIMARY_PASSWORD: "S3CRET".repeat(10), LOG_LEVEL: "S3CRET" } })
    const wrong = await run(out)
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toContain(
      "FAULT LOG_LEVEL cannot be used [ENV_INVALID]\n  fix: see tickd env explain LOG_LEVEL"
    )
    expect(wrong.stdout).toContain("FAULT CTP_PRIMARY_PASSWORD cannot be used")
    const failed = await run(out, "vault read secret/other")
    expect(failed.code).toBe(69)
    expect(failed.stderr).toContain("ended with 2: wrong arguments: read secret/other")
    const absent = await run(out, "no-such-vault read")
    expect(absent.stderr).toContain("The program no-such-vault is not on PATH")
    // No shell: the words behind the semicolon are arguments.
    const shell = await run(out, `vault ; touch ${folder.path}/touched`)
    expect(shell.code).toBe(69)
    expect(existsSync(join(folder.path, "touched"))).toBe(false)
    expect((await run(out, "'vault read")).code).toBe(64)
    expect(readFileSync(out, "utf8")).toBe("OLD=1\n")
    expect(wrong.stdout + wrong.stderr + failed.stdout + failed.stderr).not.toContain("S3CRET")
  })
})

describe("tickd env explain", () => {
  it("shows a variable in both languages, also by another name, and the nearest name", async () => {
    const ended = await tickd(["env", "explain", "CTP_PASSWORD"])
    expect(ended.stdout).toMatch(/^CTP_PRIMARY_PASSWORD\n {2}The password.*\n {2}密码/)
    const unknown = await tickd(["env", "explain", "TICK_WNDOW"])
    expect(unknown).toMatchObject({ code: 64, stdout: "" })
    expect(unknown.stderr).toContain("is TICK_WINDOW meant? [UNKNOWN_VARIABLE]")
  })
})

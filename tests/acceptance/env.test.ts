// Before the market opens an operator checks the env file in one command. It must be right, fast, and keep secrets.
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { endCommands, lastJson, stateFolder, tickd } from "../support/cli-process.ts"

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

describe("tickd env explain", () => {
  it("shows a variable in both languages, also by another name, and the nearest name", async () => {
    const ended = await tickd(["env", "explain", "CTP_PASSWORD"])
    expect(ended.stdout).toMatch(/^CTP_PRIMARY_PASSWORD\n {2}The password.*\n {2}密码/)
    const unknown = await tickd(["env", "explain", "TICK_WNDOW"])
    expect(unknown).toMatchObject({ code: 64, stdout: "" })
    expect(unknown.stderr).toContain("is TICK_WINDOW meant? [UNKNOWN_VARIABLE]")
  })
})

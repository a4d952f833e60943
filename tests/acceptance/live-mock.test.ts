// An operator rehearses the script on the machine of production: exactly the known flags, every marker, and nothing
// outside the folder of logs.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Ended, endCommands, startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const program = join(projectRoot, "deploy", "operations", "start_live_env.sh")

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-live-"))
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})

const start = (...args: ReadonlyArray<string>) => startCommand(args, { program, cwd: folder })
const script = (...args: ReadonlyArray<string>): Promise<Ended> => start(...args).ended
const file = (name: string) => readFileSync(join(folder, "logs", "runbooks", name), "utf8")
const audit = () => file("startup_audit.log").trimEnd().split("\n")
const logLines = () =>
  file("start_live_env.log")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
const markersIn = ({ stdout }: Ended) =>
  stdout
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("{") && !line.startsWith("Component: "))
    .map((line) => line.replace(/\d+ms|(?<=gap_ms=)\d+|[\d.]+s$/, "N"))

describe("start_live_env.sh --mock", () => {
  it.each([
    [[], ["HEALTH=READY"]],
    [["--restart"], ["GRACEFUL_SHUTDOWN=OK", "RESTART=OK gap_ms=N", "HEALTH=READY"]],
    [["--stop"], ["UNSUBSCRIBED", "GRACEFUL_SHUTDOWN=OK"]],
    [["--failover"], ["Failover completed in N", "HEALTH=READY"]],
    [["--failback"], ["Failback completed in N", "HEALTH=READY"]],
    [["--drill"], ["Drill failover completed in N", "Failback completed in N", "Failover drill completed successfully"]]
  ])("%j prints its markers, ends with 0 and writes one audit line", async (flags, markers) => {
    const ended = await script("--mock", "--window", "night", ...flags)
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(markersIn(ended)).toEqual([...markers, "Orchestration completed in N"])
    const action = flags[0]?.slice(2) ?? "start"
    expect(audit()).toHaveLength(1)
    expect(audit()[0]).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+\\+08:00,${action},night,mock,0$`))
    expect(readdirSync(folder)).toEqual(["logs"])
    expect(readdirSync(join(folder, "logs"))).toEqual(["runbooks"])
  })

  it("logs the backup account, masked, from the switch on, and says mock in every line", async () => {
    writeFileSync(
      join(folder, ".env.live"),
      "CTP_PRIMARY_USER_ID=1111111111\r\nCTP_BACKUP_USER_ID='2222222222'\r\nCTP_BACKUP_PASSWORD=S3CRET\r\n",
      { mode: 0o600 }
    )
    const ended = await script("--mock", "--failover")
    expect(ended.code).toBe(0)
    const lines = logLines()
    expect(lines[0]).toMatchObject({ session: "day", profile: "live", config: "backup", account: "1111...11" })
    expect(lines.at(-1)).toMatchObject({ active_feed: "backup", account: "2222...22", exit_code: 0, level: "INFO" })
    expect(new Set(lines.map(({ mock }) => mock))).toEqual(new Set([true]))
    expect(ended.stdout).not.toMatch(/2222222222|S3CRET/)
    expect(ended.stdout).toMatch(
      /Component: switchFeed, Status: READY, Details: The first valid tick of the new feed has committed the switch/
    )
  })

  it("ends with 130 after Ctrl-C, with the state before, and does not obey a second signal", async () => {
    const run = start("--mock")
    await run.printed(/Stage tickd/)
    process.kill(run.pid, "SIGINT")
    // Of two signals that wait at the same time, the system chooses which one comes first.
    await run.printed(/Component: rollback, Status: STARTING/)
    run.child.kill("SIGTERM")
    const ended = await run.ended
    expect(ended.code).toBe(130)
    expect(ended.stdout).toMatch(/^Interrupted by SIGINT$/m)
    expect(ended.stdout).toMatch(/^Rollback to primary succeeded$/m)
    expect(audit()).toEqual([expect.stringMatching(/,start,day,mock,130$/)])
  })
})

describe("start_live_env.sh", () => {
  it("refuses what is not its flag, by name, with 1, and records it", async () => {
    for (const [args, sentence] of [
      [["--status"], "Unknown option: --status"],
      [["--help"], "Unknown option: --help"],
      [["--version"], "Unknown option: --version"],
      [["--context", "production"], "Unknown option: --context; Unknown option: production"],
      [["--completions", "bash"], "Unknown option: --completions; Unknown option: bash"],
      [["--", "--mock"], "Unknown option: --"],
      [["--window", "afternoon", "--mock"], "--window afternoon is not allowed: day or night"],
      [["--drill", "--force", "--reason", "x"], "Unknown option: --force; Unknown option: --reason"]
    ] as const) {
      const ended = await script(...args)
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain(`tickd: ${sentence}`)
      expect(audit().at(-1)).toMatch(/,(?:unknown|start|drill),day,(?:live|mock),1$/)
    }
    expect(audit()).toHaveLength(8)
  })

  it("prints its flags in English and in Chinese with -h", async () => {
    const ended = await script("-h")
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(ended.stdout).toMatch(/--window day\|night +Trading session[^]*--window day\|night +交易时段/)
  })

  it("ends with 1, one log line and one audit line when its env file is not there", async () => {
    for (const args of [["--env-file", "none.env"], []]) {
      const ended = await script("--restart", ...args)
      const name = args[1] ?? ".env.live"
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain(`tickd: Environment file not found: ${name};`)
      const line = logLines().findLast(({ exit_code }) => exit_code === 1)
      expect(line).toMatchObject({ level: "ERROR", mock: false })
      expect(String(line?.["message"])).toContain(`Environment file not found: ${name}`)
    }
    expect(audit()).toEqual([0, 1].map(() => expect.stringMatching(/,restart,day,live,1$/)))
  })

  it("reads .env for the profile live, with a warning, and for no other one", async () => {
    writeFileSync(join(folder, ".env"), "CTP_PRIMARY_USER_ID=3333333333\nACTIVE_FEED=backup\n", { mode: 0o600 })
    expect((await script("--mock")).code).toBe(0)
    expect(logLines()[0]).toMatchObject({
      level: "WARN",
      message: "Environment file .env.live not found: .env is used"
    })
    expect(logLines().at(-1)).toMatchObject({ config: "backup" })
    expect((await script("--mock", "--profile", "dev", "--env-file", ".env.dev")).code).toBe(1)
  })

  it("names a folder of logs that cannot be written", async () => {
    writeFileSync(join(folder, "logs"), "")
    const ended = await script("--mock")
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/The log folder .*logs\/runbooks cannot be written .*\[LOG_FOLDER\]/)
  })
})

describe("tickd live VERB --json", () => {
  it("prints one object on standard output, and the log on standard error", async () => {
    const run = startCommand(
      ["--", join(projectRoot, "src", "app", "tickd.mjs"), "live", "failback", "--mock", "--json"],
      {
        cwd: folder
      }
    )
    const ended = await run.ended
    expect(JSON.parse(ended.stdout)).toMatchObject({
      command: "failback",
      exit_code: 0,
      end: "succeeded",
      mock: true,
      lines: expect.arrayContaining(["HEALTH=READY"])
    })
    expect(ended.stderr).toContain("HEALTH=READY")
  })
})

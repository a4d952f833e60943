// A release must reach a host at night and leave it again at 20:50: what the one version keeps, the other one goes on
// with, ticks that wait on disk included; and a host whose disk is lost goes on from its backup.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { verifyChain } from "../../src/platform/audit/audit-chain.ts"
import { readAuditLines } from "../../src/platform/audit/audit-file.ts"
import { projectVersion } from "../../src/platform/process/project-version.ts"
import type { GapMessage } from "../../src/protocol/market/gap-message.ts"
import { type Ended, endCommands, eventually, lastJson, startCommand } from "../support/cli-process.ts"
import { expectSentence } from "../support/cli-sentence.ts"
import { projectRoot, readStream } from "../support/nats-server.ts"
import { makeRunbookStack } from "../support/runbook-stack.ts"
import { builtTree, hashOfFolder } from "../support/scratch-host.ts"

let stack: Awaited<ReturnType<typeof makeRunbookStack>>
const at = (...names: ReadonlyArray<string>) => join(stack.folder, ...names)

/** Versions as an operator installs them: the same build, in folders of their own. */
const versions = {
  n: { version: projectVersion, stateFormat: "1.0" },
  /** It adds to the format; the version before reads it. */
  next: { version: "8.0.0", stateFormat: "1.1" },
  /** It changes the format. */
  major: { version: "9.0.0", stateFormat: "2.0" }
}
type Version = keyof typeof versions

const makeReleases = () => {
  const built = builtTree(at("built"))
  for (const [name, own] of Object.entries(versions)) {
    const folder = at("releases", name)
    mkdirSync(join(folder, "src", "app"), { recursive: true })
    cpSync(join(projectRoot, "src", "app", "tickd.mjs"), join(folder, "src", "app", "tickd.mjs"))
    cpSync(join(built, "dist"), join(folder, "dist"), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as object
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, ...own }))
    for (const linked of ["node_modules", ".build", ".tools", "deploy"]) {
      if (existsSync(join(projectRoot, linked))) symlinkSync(join(projectRoot, linked), join(folder, linked))
    }
  }
}

/** Runs a command of one version, in the folder of the operator. */
const tickd = (version: Version, ...args: ReadonlyArray<string>): Promise<Ended> =>
  startCommand(["--", at("releases", version, "src", "app", "tickd.mjs"), ...args], { cwd: stack.folder }).ended
const done = async (version: Version, ...args: ReadonlyArray<string>) => {
  const ended = await tickd(version, ...args)
  expect(ended, `${version} ${args.join(" ")}\n${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 })
  return ended.stdout
}
const record = (name: string) =>
  JSON.parse(readFileSync(at("run", `${name}.json`), "utf8")) as {
    readonly pid: number
    readonly argv: ReadonlyArray<string>
  }
const running = () => record("tickd").argv.find((word) => word.endsWith("tickd.mjs"))
const entryOf = (version: Version) => at("releases", version, "src", "app", "tickd.mjs")
const nats = () => stack.variables["NATS_URL"] ?? ""

/** A command to the daemon, which writes two entries to its audit. */
const askOf = (version: Version, level: string) =>
  done(version, "log-level", level, "--server", nats(), "--instance", "md-live", "--reason", `sent by ${version}`)
const audit = () => verifyChain(readAuditLines(at("state", "audit.jsonl")))
const metric = async (name: string) => {
  const port = stack.variables["INGEST_METRICS_PORT"]
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
    (sum, [, n]) => sum + Number(n),
    0
  )
}
/** Gap records of the times in which no daemon ran, from the stream. */
const downGaps = async (): Promise<ReadonlyArray<GapMessage>> => {
  const lines = await Effect.runPromise(Effect.scoped(readStream(nats(), "MD_INTEGRITY")))
  const gaps = lines
    .filter(({ subject }) => subject.startsWith("md.gap."))
    .map(({ text }) => JSON.parse(text) as GapMessage)
    .filter(({ cause, state }) => cause === "daemon_down" && state === "closed")
  return [...new Map(gaps.map((gap) => [gap.id, gap])).values()]
}
const format = (folder: string) => JSON.parse(readFileSync(join(folder, "format.json"), "utf8")) as object

beforeAll(async () => {
  stack = await makeRunbookStack({ MANAGE_MONITORING: "0", TICKD_STATE_DIR: "state" }, { instruments: 20, rate: 200 })
  makeReleases()
}, 120_000)
afterAll(async () => {
  await endCommands()
  stack.remove()
})

let gapsMs: Array<number> = []

it("goes from one version to the next and back over one state folder and one store", { timeout: 180_000 }, async () => {
  await done("n", "live", "start")
  expect(running()).toBe(entryOf("n"))
  expect(format(at("state"))).toEqual({ format: "1.0", tickd: versions.n.version })
  await askOf("n", "INFO")
  expect(audit()).toMatchObject({ entries: 2, broken: undefined })

  // NATS is down while the version changes: what the one has on disk, the other one stores.
  process.kill(record("nats-server").pid, "SIGKILL")
  await eventually("ticks on disk", async () => (await metric("md_spool_ticks")) > 50)
  await done("n", "live", "stop")
  await done("next", "live", "start")
  expect(running()).toBe(entryOf("next"))
  await eventually("ticks from the disk", async () => (await metric("md_spool_recovered_total")) > 50)
  await eventually("an empty spool", async () => (await metric("md_spool_ticks")) === 0)
  // It has added to the folder; the version before leaves that as it is.
  expect(format(at("state"))).toEqual({ format: "1.1", tickd: "8.0.0" })
  await askOf("next", "WARNING")
  expect(audit()).toMatchObject({ entries: 4, broken: undefined })

  // Back: the settings and the version of the first start, from its snapshot.
  const back = await done("next", "live", "rollback")
  expect(back).toMatch(/^Rollback to snapshot 1: start of .*, tickd \S+ in .*\/releases\/n$/m)
  expect(back).toMatch(/^ROLLBACK=OK to=1$/m)
  expect(running()).toBe(entryOf("n"))
  await askOf("n", "INFO")
  expect(audit()).toMatchObject({ entries: 6, torn: 0, broken: undefined })
  expect(format(at("state"))).toEqual({ format: "1.1", tickd: "8.0.0" })

  // Forward again while NATS runs: the runbook prints the gap.
  const restart = await done("next", "live", "restart")
  const [, gapMs] = /^RESTART=OK gap_ms=(\d+)$/m.exec(restart) ?? []
  expect(Number(gapMs)).toBeGreaterThan(0)
  const kept = lastJson(await done("next", "live", "snapshots", "--json")) as {
    readonly snapshots?: ReadonlyArray<{ readonly number: number }>
  }
  expect(kept.snapshots?.map(({ number }) => number)).toEqual([4, 3, 2, 1])

  // Each change of the version has one record a feed.
  const gaps = await downGaps()
  expect(gaps.map(({ feed }) => feed).sort()).toEqual(["backup", "backup", "backup", "primary", "primary", "primary"])
  gapsMs = gaps.filter(({ feed }) => feed === "primary").map(({ from, to }) => Math.round((to ?? 0) - from))
  const report = await done("next", "incident", "report", "--since", "10m", "--server", nats(), "--instance", "md-live")
  expect(report).toContain("gap of primary: daemon_down")
  process.stderr.write(`gaps of the upgrades, ms: ${gapsMs.join(" ")}; of the restart ${gapMs}\n`)
})

it("refuses another major format by name, and leaves its folder as it is", { timeout: 60_000 }, async () => {
  const { pid } = record("tickd")
  const older = await tickd("major", "live", "restart")
  expect(older).toMatchObject({ code: 1 })
  expect(older.stdout + older.stderr).toMatch(
    /The run folder .*\/run has format 1\.1, and tickd 9\.0\.0 writes 2\.0, from which no version of format 1 could go on: run 'tickd backup create'/
  )
  expect(record("tickd").pid).toBe(pid)

  // A folder of the later format, as that version leaves it.
  const state = at("state-of-major")
  // Without NATS its ticks stay on disk.
  const env = {
    TICKD_STATE_DIR: state,
    TICKD_INSTANCE: "md-major",
    INGEST_METRICS_PORT: "0",
    NATS_URL: "nats://127.0.0.1:1"
  }
  const run = (version: Version) =>
    startCommand(["--", entryOf(version), "run"], { cwd: stack.folder, env: { ...stack.variables, ...env } })
  const daemon = run("major")
  await eventually("ticks on disk", () => readdirSync(join(state, "spool")).length > 3)
  daemon.child.kill("SIGTERM")
  await daemon.ended
  const before = hashOfFolder(state)
  const sentence =
    /The state folder .*\/state-of-major has format 2\.0, written by tickd 9\.0\.0, and tickd \S+ knows 1\.0: install tickd 9\.0\.0 or later/
  expectSentence(await run("n").ended, 78, "STATE_FORMAT_NEWER", sentence)
  expect(hashOfFolder(state)).toBe(before)
})

it("goes on from a backup on an empty host", { timeout: 120_000 }, async () => {
  const created = await done("next", "backup", "create", "--env-file", ".env.live", "--out", "copy")
  expect(created).toMatch(/^state\/audit\.jsonl +6 entries, head [0-9a-f]{12}$/m)
  const gaps = await downGaps()
  await done("next", "live", "stop")
  const { head } = audit()

  // The same paths on a machine that has nothing but the program, the env file and the backup.
  for (const name of ["state", "run", "logs"]) renameSync(at(name), at(`lost-${name}`))
  await done("next", "backup", "restore", "copy", "--env-file", ".env.live", "--without-streams")
  await done("next", "live", "start", "--skip-live")
  const restored = await done("next", "backup", "restore", "copy", "--env-file", ".env.live")
  expect(restored).toMatch(/^streams\/MD_INTEGRITY\.jsonl +restored/m)
  expect(restored).toMatch(/^state\/audit\.jsonl +left as it is/m)
  expect(await downGaps()).toEqual(gaps)

  await done("next", "live", "start")
  await askOf("next", "DEBUG")
  const chain = audit()
  expect(chain.entries).toBeGreaterThan(6)
  expect(chain.broken).toBeUndefined()
  expect(readAuditLines(at("state", "audit.jsonl")).some((line) => line.includes(head))).toBe(true)
  const report = await done("next", "incident", "report", "--since", "30m", "--server", nats(), "--instance", "md-live")
  expect(report).toContain("gap of primary: daemon_down")
  expect(await done("next", "live", "rollback", "--to", "1")).toMatch(/^ROLLBACK=OK to=1$/m)
  expect(running()).toBe(entryOf("n"))
  await done("n", "live", "stop")
})

// A changed setting turns out to be wrong at 20:50: one command must start what ran before it, and say what it changes,
// on a real machine with two fronts.
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
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Ended, endCommands, lastJson, startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"
import { logins, makeRunbookStack } from "../support/runbook-stack.ts"

let stack: Awaited<ReturnType<typeof makeRunbookStack>>
beforeAll(async () => {
  stack = await makeRunbookStack({ MANAGE_MONITORING: "0" })
}, 60_000)
afterAll(async () => {
  await endCommands()
  stack.remove()
})

const live = (...args: ReadonlyArray<string>): Promise<Ended> => {
  const program = join(stack.folder, "bin", "tickd")
  return startCommand(["live", ...args], { program, cwd: stack.folder }).ended
}
const done = async (...args: ReadonlyArray<string>) => {
  const ended = await live(...args)
  expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 })
  for (const { password, user } of Object.values(logins)) {
    expect(ended.stdout).not.toContain(password)
    expect(ended.stdout).not.toContain(user)
  }
  return ended.stdout
}
const envFile = () => join(stack.folder, ".env.live")
const setVariable = (name: string, value: string) => {
  const others = readFileSync(envFile(), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(`${name}=`))
  writeFileSync(envFile(), `${[...others, `${name}=${value}`].join("\n")}\n`, { mode: 0o600 })
}
const record = (name: string) =>
  JSON.parse(readFileSync(join(stack.folder, "run", `${name}.json`), "utf8")) as {
    readonly pid: number
    readonly argv: ReadonlyArray<string>
    readonly start: { readonly spec: { readonly environment: Readonly<Record<string, string>> } }
  }
const setting = () => record("tickd").start.spec.environment["LOG_LEVEL"]
const listed = async () =>
  lastJson(await done("snapshots", "--json")) as unknown as {
    readonly snapshots: ReadonlyArray<{
      readonly number: number
      readonly command: string
      readonly runs_now: boolean
      readonly changes: ReadonlyArray<string> | null
    }>
  }
const numbers = async () =>
  (await listed()).snapshots.map(({ command, number, runs_now }) => `${number} ${command}${runs_now ? " runs" : ""}`)

it("starts the settings of an earlier start again, when it runs and when nothing runs", {
  timeout: 300_000
}, async () => {
  const early = await live("rollback")
  expect(early).toMatchObject({ code: 1 })
  expect(early.stdout + early.stderr).toMatch(/No good start before the one that runs now is kept for profile live/)

  setVariable("LOG_LEVEL", "INFO")
  await done("start")
  expect(await done("start")).toMatch(/^Everything runs already: nothing was changed$/m)
  expect(await numbers()).toEqual(["1 start runs"])
  const nats = record("nats-server").pid

  setVariable("LOG_LEVEL", "WARNING")
  // The daemon is left as it is, so that the snapshot of what runs is kept already.
  await done("start")
  expect(await numbers()).toEqual(["1 start runs"])
  await done("restart")
  expect((await listed()).snapshots[0]).toMatchObject({ number: 2, changes: ["~ LOG_LEVEL=INFO -> WARNING"] })
  expect(setting()).toBe("WARNING")

  const rollback = await done("rollback")
  expect(rollback).toMatch(/^Rollback to snapshot 1: start of .*\n~ LOG_LEVEL=WARNING -> INFO$/m)
  expect(rollback).toMatch(/^ROLLBACK=OK to=1\nHEALTH=READY$|^ROLLBACK=OK to=1$[^]*^HEALTH=READY$/m)
  expect(rollback).toMatch(/"message":"tickd runs with the settings of the snapshot, and \.env\.live has other ones/)
  expect(setting()).toBe("INFO")
  expect(record("nats-server").pid).toBe(nats)
  expect(await numbers()).toEqual(["3 rollback runs", "2 restart", "1 start"])

  // Nothing runs: the newest good pair, with a secret that was changed meanwhile.
  await done("stop")
  expect(await numbers()).toEqual(["3 rollback", "2 restart", "1 start"])
  setVariable("CTP_BACKUP_PASSWORD", "changed-s3cret")
  const whole = await done("rollback", "--to", "2")
  expect(whole).toMatch(/^CTP_BACKUP_PASSWORD has changed since snapshot 2: the present secret is used$/m)
  expect(whole).toMatch(/^ROLLBACK=OK to=2$/m)
  expect(whole).not.toContain("changed-s3cret")
  expect(setting()).toBe("WARNING")
  expect(readFileSync(join(stack.folder, "run", "credentials", "CTP_BACKUP_PASSWORD"), "utf8")).toBe("changed-s3cret")

  for (const name of readdirSync(join(stack.folder, "run", "snapshots"))) {
    const text = readFileSync(join(stack.folder, "run", "snapshots", name), "utf8")
    expect(text).not.toMatch(/s3cret/)
  }
  const audit = readFileSync(join(stack.folder, "logs", "runbooks", "startup_audit.log"), "utf8")
  expect(audit.match(/,rollback,day,live,\d+/g)).toEqual([
    ",rollback,day,live,1",
    ",rollback,day,live,0",
    ",rollback,day,live,0"
  ])
})

it("starts the program of the snapshot in its own folder, and refuses one that is gone", {
  timeout: 300_000
}, async () => {
  // The former version of the program, as a package beside the present one.
  const former = join(stack.folder, "former")
  mkdirSync(former)
  for (const name of ["src", "actors", "machines", "package.json", "deploy"]) {
    cpSync(join(projectRoot, name), join(former, name), { recursive: true })
  }
  for (const name of ["node_modules", ".build", ".tools"]) {
    if (existsSync(join(projectRoot, name))) symlinkSync(join(projectRoot, name), join(former, name))
  }
  const own = startCommand(["--", join(former, "src", "app", "tickd.mjs"), "live", "restart"], { cwd: stack.folder })
  const restarted = await own.ended
  expect(restarted, restarted.stdout).toMatchObject({ code: 0 })
  const newest = (await listed()).snapshots[0]
  await done("restart")
  expect(record("tickd").argv).toContain(join(projectRoot, "src", "app", "tickd.mjs"))

  const back = await done("rollback")
  expect(back).toMatch(new RegExp(`^ROLLBACK=OK to=${newest?.number}$`, "m"))
  expect(record("tickd").argv).toContain(join(former, "src", "app", "tickd.mjs"))

  await done("restart")
  const { pid } = record("tickd")
  renameSync(former, `${former}-away`)
  const gone = await live("rollback", "--to", String(newest?.number))
  expect(gone).toMatchObject({ code: 1 })
  expect(gone.stdout + gone.stderr).toMatch(/which is gone: bring that folder back/)
  expect(record("tickd").pid).toBe(pid)
  await done("stop")
})

// A password that changes in the night is taken by one command, on a real machine with two fronts that check passwords;
// a tool that is killed half-way must not leave the daemon with a secret that no front takes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { type Ended, endCommands, eventually, startCommand } from "../support/cli-process.ts"
import { makeRunbookStack } from "../support/runbook-stack.ts"

let stack: Awaited<ReturnType<typeof makeRunbookStack>>
const feeds = ["primary", "backup"] as const
type Feed = (typeof feeds)[number]

/** What the front accepts. */
const setFront = async (feed: Feed, password: string) => {
  const front = stack.fronts[feed]
  front.child.stdin?.write(`password ${password}\n`)
  await front.printed(new RegExp(`"command":"password ${password}"`))
}
/** What the secret store of the operators holds. */
const setStore = (primary: string, backup: string) => {
  const data = { ...stack.variables, CTP_PRIMARY_PASSWORD: primary, CTP_BACKUP_PASSWORD: backup }
  writeFileSync(join(stack.folder, "store.json"), JSON.stringify({ data: { data } }), { mode: 0o600 })
}
const begin = (...args: ReadonlyArray<string>) =>
  startCommand(args, { program: join(stack.folder, "bin", "tickd"), cwd: stack.folder })
const runtimeFile = ".env.runtime"
const noSecret = (text: string) => expect(text).not.toMatch(/s3cret-\d|wr0ng/)
const live = async (verb: string, ...args: ReadonlyArray<string>): Promise<Ended> => {
  const ended = await begin("live", verb, "--env-file", runtimeFile, ...args).ended
  noSecret(ended.stdout + ended.stderr)
  return ended
}
const expectOk = (ended: Ended) => expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 })
/** What the store holds, as the operators fetch it each morning. */
const fetchSecrets = async () => {
  const from = `${join(stack.folder, "vault")} read -format=json secret/ctp/live`
  const fetched = await begin("env", "runtime", "--from-command", from, "--out", runtimeFile).ended
  noSecret(fetched.stdout + fetched.stderr)
  expectOk(fetched)
}

const kept = (feed: Feed) =>
  readFileSync(join(stack.folder, "run", "credentials", `CTP_${feed.toUpperCase()}_PASSWORD`), "utf8")
const status = async () => {
  const port = stack.variables["INGEST_METRICS_PORT"]
  return (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as StatusMessage
}
const sessions = async () => Object.fromEntries((await status()).sessions.map(({ feed, state }) => [feed, state]))
const former = () => {
  const folder = join(stack.folder, "run", "rotation")
  return existsSync(folder) ? readdirSync(folder) : []
}
const bothUp = () =>
  eventually("both sessions stream", async () => {
    const states = Object.values(await sessions())
    return states.length === 2 && states.every((state) => state === "streaming")
  })

beforeAll(async () => {
  stack = await makeRunbookStack({ MANAGE_MONITORING: "0" })
  const vault = `#!/bin/sh\n[ "$*" = "read -format=json secret/ctp/live" ] && exec cat '${join(stack.folder, "store.json")}'\n`
  writeFileSync(join(stack.folder, "vault"), vault, { mode: 0o755 })
  setStore("s3cret-1", "s3cret-2")
  await setFront("primary", "s3cret-1")
  await setFront("backup", "s3cret-2")
  await fetchSecrets()
  expectOk(await live("start"))
  await bothUp()
}, 120_000)
afterAll(async () => {
  await endCommands()
  stack.remove()
})

it("takes the new secrets of both feeds, and keeps the session of a wrong one", { timeout: 120_000 }, async () => {
  setStore("s3cret-3", "s3cret-4")
  await setFront("primary", "s3cret-3")
  await setFront("backup", "s3cret-4")
  await fetchSecrets()
  const { pid } = await status()
  const rotated = await live("rotate")
  expectOk(rotated)
  expect(rotated.stdout).toMatch(
    /^ROTATE=OK feed=backup\nROTATE=OK feed=primary$|^ROTATE=OK feed=backup$[^]*^ROTATE=OK feed=primary$/m
  )
  expect([kept("primary"), kept("backup"), former()]).toEqual(["s3cret-3", "s3cret-4", []])
  expect(await sessions()).toEqual({ primary: "streaming", backup: "streaming" })
  const after = await status()
  expect([after.failover?.active, after.pid]).toEqual(["primary", pid])

  // The daemon runs with the secrets of this start now. They are kept with it, and are nothing that a rollback changes.
  const again = await live("start")
  expectOk(again)
  expect(again.stdout).not.toMatch(/other settings/)
  expect(again.stdout).toMatch(/^Everything runs already: nothing was changed$/m)
  const listed = await live("snapshots")
  expect(listed.stdout).toMatch(
    / 2 .* runs now\n +~ CTP_BACKUP_PASSWORD=\*\*\* .*\n +~ CTP_PRIMARY_PASSWORD=\*\*\* .*\n +1 .*[\da-f]$/m
  )
  const rollback = await live("rollback")
  expect(rollback, rollback.stdout).toMatchObject({ code: 1 })
  expect(rollback.stdout + rollback.stderr).toMatch(/No good start before the one that runs now is kept/)

  setStore("s3cret-3", "wr0ng")
  await fetchSecrets()
  const wrong = await live("rotate", "--feed", "backup")
  expect(wrong, wrong.stdout).toMatchObject({ code: 25 })
  expect(wrong.stdout).toMatch(/former secret again/)
  expect([kept("backup"), former()]).toEqual(["s3cret-4", []])
  expect(await sessions()).toEqual({ primary: "streaming", backup: "streaming" })

  const audit = readFileSync(join(stack.folder, "logs", "runbooks", "startup_audit.log"), "utf8")
  expect(audit.match(/,rotate,day,live,\d+/g)).toEqual([",rotate,day,live,0", ",rotate,day,live,25"])
})

/** Kills the tool when the daemon's file holds the new secret, before the run has seen what became of the login. */
const killHalfWay = async (feed: Feed, secret: string) => {
  const tool = begin("live", "rotate", "--env-file", runtimeFile, "--feed", feed)
  // A login on a quiet machine is proved before `eventually` looks a second time.
  const isHalfWay = () => former().length > 0 && kept(feed) === secret
  for (const giveUpMs = Date.now() + 15_000; !isHalfWay() && Date.now() < giveUpMs; ) await sleep(1)
  process.kill(tool.pid, "SIGKILL")
  await tool.ended
  expect(former()).toEqual([`CTP_${feed.toUpperCase()}_PASSWORD`])
}

it("ends a rotation whose tool was killed in the next command", { timeout: 180_000 }, async () => {
  setStore("s3cret-3", "wr0ng")
  await fetchSecrets()
  await killHalfWay("backup", "wr0ng")
  expect(kept("backup")).toBe("wr0ng")
  const refused = await live("failover")
  expectOk(refused)
  expect(refused.stdout).toMatch(/Found a run that did not end: rotate of /)
  expect(refused.stdout).toMatch(
    /A rotation that was killed has left the former secret of backup: the former one is in place again\./
  )
  expect([kept("backup"), former()]).toEqual(["s3cret-4", []])
  expectOk(await live("failback"))

  setStore("s3cret-3", "s3cret-5")
  await setFront("backup", "s3cret-5")
  await fetchSecrets()
  await killHalfWay("backup", "s3cret-5")
  const proved = await live("failover")
  expectOk(proved)
  expect(proved.stdout).toMatch(/has left the former secret of backup: the new one is proved, and stays/)
  expect([kept("backup"), former()]).toEqual(["s3cret-5", []])

  expectOk(await live("stop"))
  expect([former(), existsSync(join(stack.folder, "run", "credentials"))]).toEqual([[], false])
  const audit = readFileSync(join(stack.folder, "logs", "runbooks", "startup_audit.log"), "utf8")
  expect(audit.match(/,rotate,day,live,137/g)).toHaveLength(2)
})

// A rotation in the night must leave both feeds logged in: the shipped plan, actor and ports on a real daemon and two
// fronts that check passwords.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { variables as declared } from "../../../src/app/env/variables.ts"
import { makeMemoryHost } from "../../../src/ops/adapters/memory/memory-host.ts"
import { daemonControl } from "../../../src/ops/adapters/nats/daemon-control.ts"
import { stackRuntime } from "../../../src/ops/application/live/stack-runtime.ts"
import { everyPart } from "../../../src/ops/domain/plan.ts"
import { Health } from "../../../src/ops/ports/health.ts"
import { ProgramHost } from "../../../src/ops/ports/program-host.ts"
import { endCommands, stateFolder } from "../../support/cli-process.ts"
import { liveRequest, liveSettings } from "../../support/live-settings.ts"
import { checkAgainstMarket } from "../../support/market-oracle.ts"
import { makeTwoFeeds, publishedOf } from "../../support/two-feeds.ts"

const folder = stateFolder()
const runDir = join(folder.path, "run")
const secrets = join(runDir, "credentials")
let stack: Awaited<ReturnType<typeof makeTwoFeeds>>
let daemon: Awaited<ReturnType<typeof stack.startDaemon>>

const setFront = async (feed: "primary" | "backup", password: string) => {
  const front = stack.fronts[feed]
  front.child.stdin?.write(`password ${password}\n`)
  await front.printed(new RegExp(`"command":"password ${password}"`))
}

beforeAll(async () => {
  stack = await makeTwoFeeds(folder.path, { instruments: 40, rate: 2000 })
  stack.startBroker()
  mkdirSync(secrets, { recursive: true, mode: 0o700 })
  for (const feed of ["primary", "backup"] as const) {
    await setFront(feed, `${feed}-1`)
    writeFileSync(join(secrets, `CTP_${feed.toUpperCase()}_PASSWORD`), `${feed}-1`, { mode: 0o600 })
  }
  daemon = await stack.startDaemon({
    CTP_PRIMARY_PASSWORD: "",
    CTP_BACKUP_PASSWORD: "",
    CREDENTIALS_DIRECTORY: secrets
  })
  await daemon.until("both feeds", ({ sessions }) => sessions.every(({ state }) => state === "streaming"))
  await daemon.until("ticks", (status) => publishedOf(status) > 2000)
}, 60_000)
afterAll(async () => {
  await endCommands()
  folder.remove()
})

const rotate = async (variables: Readonly<Record<string, string>>) => {
  const settings = liveSettings({ declared, variables, runDir, natsUrl: stack.nats, instance: "acceptance" })
  const memory = makeMemoryHost({
    state: { nats: "1", tickd: "1", monitoring: undefined, console: undefined, activeFeed: "primary" },
    faults: {},
    restore: "works",
    audit: "works",
    lockHolder: undefined,
    hasSession: true,
    stepMs: 0
  })
  const runs = { nats: "1", tickd: "1", monitoring: undefined, console: undefined }
  const refuse = () => Effect.die("a rotation starts and stops nothing")
  // Whatever ran before runs still: a start finds it.
  const host = Layer.succeed(ProgramHost, {
    begin: Effect.void,
    observe: Effect.succeed(runs),
    start: () => Effect.succeed(false),
    stop: refuse
  })
  // Lock, audit and log of a run in memory; what is carried out is real.
  const layer = Layer.mergeAll(
    memory.layer,
    stackRuntime.pipe(Layer.provide(Layer.merge(host, daemonControl(settings)))),
    // The answers of the daemon are what is tested here; the proofs have their own test.
    Layer.succeed(Health, { prove: () => Effect.succeed({}) })
  )
  const run = runRunbook({ request: liveRequest("rotate"), managed: everyPart, signal: Effect.never })
  const { exitCode } = await Effect.runPromise(Effect.provide(run, layer))
  return { exitCode, audit: memory.audit, text: memory.log.join("\n") }
}
const kept = (feed: string) => readFileSync(join(secrets, `CTP_${feed}_PASSWORD`), "utf8")
const active = async () => (await daemon.status()).failover?.active

it("rotates both feeds, and leads back from a wrong secret, without a lost tick", async () => {
  // The primary's secret is wrong: the backup is rotated by then, and stays so.
  await setFront("backup", "backup-2")
  const wrong = await rotate({ CTP_BACKUP_PASSWORD: "backup-2", CTP_PRIMARY_PASSWORD: "primary-wrong" })
  expect(wrong.exitCode, wrong.text).toBe(25)
  expect(wrong.text).toMatch(/The new login of primary failed: login refused, error 3.*former secret again/)
  expect(wrong.text).toContain("Rollback to primary succeeded")
  expect(await active()).toBe("primary")
  expect([kept("BACKUP"), kept("PRIMARY")]).toEqual(["backup-2", "primary-1"])
  expect((await daemon.status()).sessions.map(({ state }) => state)).toEqual(["streaming", "streaming"])

  await setFront("primary", "primary-2")
  const right = await rotate({ CTP_BACKUP_PASSWORD: "backup-2", CTP_PRIMARY_PASSWORD: "primary-2" })
  expect(right.exitCode, right.text).toBe(0)
  expect(right.text).toMatch(/ROTATE=OK feed=backup\n.*ROTATE=OK feed=primary/)
  expect(right.audit).toMatchObject([{ action: "rotate", exitCode: 0 }])
  expect(await active()).toBe("primary")
  expect([kept("BACKUP"), kept("PRIMARY")]).toEqual(["backup-2", "primary-2"])
  expect(readdirSync(join(runDir, "rotation"))).toEqual([])
  for (const { text } of [wrong, right]) expect(text).not.toMatch(/(?:primary|backup)-(?:\d|wrong)/)

  const before = publishedOf(await daemon.status())
  await daemon.until("ticks behind it", (status) => publishedOf(status) > before + 2000)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  const stored = await stack.stored()
  expect(checkAgainstMarket(stack.plan, stored)).toBe(stored.length)
}, 120_000)

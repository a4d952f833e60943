// Two daemons of docker-compose.yml beside each other, as processes: the second one must not touch the broker while the
// first one lives, and must have the stream soon after it has died.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, type RunningCommand, startCommand } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { startServer } from "../support/nats-server.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-standby-"))
const scope = Effect.runSync(Scope.make())
let nats = ""
let front = ""
const ports = { tickd: 0, standby: 0 }
type Name = keyof typeof ports

const environmentOf = (name: Name) => ({
  ...daemonEnvironment(join(folder, name), front, {
    TICKD_INSTANCE: name,
    NATS_URL: nats,
    INGEST_METRICS_PORT: String(ports[name])
  }),
  // The file of the one that waits; a container has a /tmp of its own.
  TMPDIR: folder
})

/** As the service of the compose file; `silentS` is in its entrypoint. */
const start = (name: Name, silentS: string): RunningCommand => {
  const peer = `http://127.0.0.1:${ports[name === "tickd" ? "standby" : "tickd"]}/healthz`
  return startCommand(["deploy/container/after-peer.mjs", peer, silentS, "run"], { env: environmentOf(name) })
}
const readyzOf = async (name: Name) => (await fetch(`http://127.0.0.1:${ports[name]}/readyz`)).text()
const isReady = (name: Name) =>
  eventually(`${name} is ready`, async () => (await readyzOf(name)).startsWith("ready"), 30_000)
const health = (name: Name, ...flags: ReadonlyArray<string>) =>
  startCommand(["deploy/container/health.mjs", ...flags], { env: environmentOf(name) }).ended

beforeAll(async () => {
  nats = (await Effect.runPromise(startServer().pipe(Effect.provideService(Scope.Scope, scope)))).url
  front = (await startFront()).address
  ports.tickd = await freePort()
  ports.standby = await freePort()
})

afterAll(async () => {
  await endCommands()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

it("a standby waits without a start, takes the stream after a kill -9, and then the first one waits for it", async () => {
  const first = start("tickd", "0")
  await isReady("tickd")
  const second = start("standby", "2")
  await second.printed(/waits: the daemon at \S+ answers, and this one starts when it is silent for 2 s/)
  // Healthy, so that no engine restarts it; not ready, so that no reader is sent to it.
  expect(await health("standby")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^healthy, waits: /) })
  expect((await health("standby", "--ready")).code).toBe(1)
  // Longer than the silence: the answers of the first one hold it.
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(second.stdout()).not.toContain("daemon_starts")

  first.child.kill("SIGKILL")
  const killedMs = performance.now()
  await isReady("standby")
  const tookMs = Math.round(performance.now() - killedMs)
  console.log(`the standby was ready ${tookMs} ms after the kill`)
  // The silence (5 s in the compose file), the start, and 5 s in which the record of the dead writer is watched.
  expect(tookMs).toBeGreaterThan(5_000)
  expect(tookMs).toBeLessThan(20_000)
  expect((await health("standby", "--ready")).code).toBe(0)

  // As the engine restarts it.
  const again = start("tickd", "0")
  await again.printed(/waits: the daemon at/)
  again.child.kill("SIGTERM")
  expect((await again.ended).code).toBe(0)
  expect(again.stdout()).not.toContain("daemon_starts")

  const third = start("tickd", "0")
  await third.printed(/waits: the daemon at/)
  // The process became the daemon: the signal reaches it, and it drains.
  second.child.kill("SIGTERM")
  expect((await second.ended).code).toBe(0)
  expect(second.stdout()).toContain('"event":"ledger"')
  await isReady("tickd")
  third.child.kill("SIGTERM")
  expect((await third.ended).code).toBe(0)
}, 90_000)

it("refuses a wrong command line", async () => {
  for (const args of [
    ["no url", "5", "run"],
    ["http://127.0.0.1:1", "soon", "run"],
    ["http://127.0.0.1:1", "5"]
  ]) {
    const { code, stderr } = await startCommand(["deploy/container/after-peer.mjs", ...args]).ended
    expect([code, stderr]).toEqual([64, expect.stringContaining("after-peer: usage:")])
  }
})

// Two daemons on one stream: who starts the second by mistake, or takes the stream over on purpose, must see which it
// was.
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  holdPort,
  logLines,
  type RunningCommand,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"
import { startServer } from "../support/nats-server.ts"

const state = [stateFolder(), stateFolder(), stateFolder()]
const scope = Effect.runSync(Scope.make())
let nats = ""
let front = ""

const startDaemon = async (at: number, instance: string, flags: ReadonlyArray<string> = []) => {
  const held = await holdPort()
  await held.release()
  const { port } = held
  const daemon = startTickd(
    ["run", ...flags],
    daemonEnvironment(state[at]?.path ?? "", front, {
      TICKD_INSTANCE: instance,
      NATS_URL: nats,
      INGEST_METRICS_PORT: String(port),
      TICKD_INSTRUMENTS: "",
      TICKD_CONTRACTS: "tests/support/cli-contracts.csv"
    })
  )
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  return {
    daemon,
    get,
    ready: () => eventually("ready", async () => (await get("/readyz")).startsWith("ready") || undefined)
  }
}

const stop = async (daemon: RunningCommand) => {
  daemon.child.kill("SIGTERM")
  return daemon.ended
}

beforeAll(async () => {
  nats = (await Effect.runPromise(startServer().pipe(Effect.provideService(Scope.Scope, scope)))).url
  front = (await startFront()).address
})

afterAll(async () => {
  await endCommands()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  for (const folder of state) folder.remove()
})

it("refuses a second daemon, lets one take over on purpose, and the first says who did and stays", async () => {
  const first = await startDaemon(0, "one")
  await first.ready()
  expect(await first.get("/metrics")).toMatch(/^md_publisher_epoch 1$/m)

  const refusedMs = Date.now()
  const second = await startDaemon(1, "two")
  const refused = await second.daemon.ended
  expect(refused.code).toBe(69)
  console.log(`refused after ${Date.now() - refusedMs} ms`)
  expect(refused.stderr).toMatch(/MD_TICKS has a running writer, tickd one on .*--take-over.*\[WRITER_ACTIVE\]/)
  expect(await first.get("/readyz")).toMatch(/^ready/)

  const third = await startDaemon(2, "two", ["--take-over"])
  await third.ready()
  const why = await eventually("fenced", async () => {
    const text = await first.get("/readyz")
    return /publisher fenced/.test(text) ? text : undefined
  })
  expect(why).toMatch(/publisher fenced: The stream MD_TICKS has another writer since epoch 2, tickd two on /)
  const status = JSON.parse(await first.get("/status")) as {
    broker: { link: string; epoch: number; fenced: string }
    machines: Array<{ actor: string; state: string }>
  }
  expect(status.broker).toMatchObject({ link: "fenced", epoch: 1 })
  expect(status.machines.find(({ actor }) => actor === "publisher")?.state).toBe("fenced")
  expect(await first.get("/metrics")).toMatch(/^md_publisher_fenced 1$/m)

  // the first stays up until its operator ends it, and then accounts for the ticks that it could not publish
  const beganMs = Date.now()
  const ended = await stop(first.daemon)
  console.log(`stopped after ${Date.now() - beganMs} ms`)
  expect(Date.now() - beganMs).toBeLessThan(10_000)
  expect(ended.code).toBe(0)
  const ledger = logLines(ended.stdout).findLast(({ event }) => event === "ledger")?.["ledger"] as
    | ReadonlyArray<{ balanced: boolean; in_flight: number }>
    | undefined
  expect(ledger?.every(({ balanced, in_flight }) => balanced && in_flight === 0)).toBe(true)
  expect(logLines(ended.stdout).filter(({ event }) => event === "publisher_fenced").length).toBeGreaterThan(0)
  expect(await third.get("/readyz")).toMatch(/^ready/)
  expect((await stop(third.daemon)).code).toBe(0)
}, 90_000)

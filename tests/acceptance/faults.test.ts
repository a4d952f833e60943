// Workers, brokers and whole daemons die in production: what was received must be stored once, in order, or be counted.
import { afterEach, expect, it } from "vitest"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  isRunning,
  lastJson,
  natsPid,
  type RunningCommand,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { allStored, type StoredTick } from "../support/cli-stream.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

const startDemo = async (
  state: string,
  seconds: number
): Promise<RunningCommand & { http: string; workerPid: number }> => {
  const demo = startTickd(["demo", "--for", `${seconds}s`, "--rate", "2000", "--json", "--state", state, ...freePorts])
  const { http, workerPid } = await demoAddresses(demo)
  await eventually("ready", async () => (await fetch(`${http}/readyz`)).status === 200 || undefined)
  return { ...demo, http, workerPid }
}

interface Status {
  readonly ready: boolean
  readonly restarts: number
  readonly ledger: ReadonlyArray<{ readonly published: number; readonly received: number; readonly balanced: boolean }>
  readonly sessions: ReadonlyArray<{ readonly worker_pid: number }>
}
const statusOf = async (http: string) => (await (await fetch(`${http}/status`)).json()) as Status

const integrityOf = async (demo: RunningCommand) => {
  const { code, stdout, stderr } = await demo.ended
  expect(code, stderr).toBe(0)
  const report = lastJson(stdout)
  expect(report).toMatchObject({ in_flight: 0, balanced: true, stored: report["published"] })
  return report
}

/** Numbers of a feed rise in the stream, each at most once; without quarantined ticks there is no hole either. */
const checkOrder = (stored: ReadonlyArray<StoredTick>, dense: boolean) => {
  for (const [index, tick] of stored.entries()) {
    const before = index === 0 ? 0 : (stored[index - 1]?.seq ?? 0)
    if (dense ? tick.seq !== before + 1 : tick.seq <= before)
      throw new Error(`message ${index + 1} has number ${tick.seq} after ${before}`)
  }
}

it("streams again within 5 s of a worker's SIGSEGV, and the ledger balances", async () => {
  folder = stateFolder()
  const demo = await startDemo(folder.path, 11)
  process.kill(demo.workerPid, "SIGSEGV")
  const killedMs = performance.now()
  const again = await eventually(
    "streams again",
    async () => {
      const status = await statusOf(demo.http)
      const worker = status.sessions[0]?.worker_pid ?? 0
      return status.ready && worker !== 0 && worker !== demo.workerPid ? status : undefined
    },
    5000
  )
  expect(performance.now() - killedMs).toBeLessThan(5000)
  expect(again.restarts).toBe(1)
  const before = again.ledger[0]?.published ?? 0
  await eventually(
    "new ticks",
    async () => ((await statusOf(demo.http)).ledger[0]?.published ?? 0) > before || undefined
  )
  const report = await integrityOf(demo)
  expect(report["restarts"]).toBe(1)
  const stored = await allStored(folder.path)
  expect(stored).toHaveLength(Number(report["published"]))
  checkOrder(stored, false)
})

it("loses and repeats nothing over a kill -9 of the nats-server", async () => {
  folder = stateFolder()
  const demo = await startDemo(folder.path, 10)
  const { path } = folder
  const first = natsPid(path)
  process.kill(first, "SIGKILL")
  await eventually("another nats-server", () => natsPid(path) !== first || undefined)
  await eventually("ready again", async () => (await statusOf(demo.http)).ready || undefined)
  const report = await integrityOf(demo)
  expect(report["dropped"]).toBe(0)
  const stored = await allStored(path)
  expect(stored).toHaveLength(Number(report["published"]))
  checkOrder(stored, report["quarantined"] === 0 && !report["duplicate"])
})

it("leaves no process behind a kill -9 of the daemon, and the same state folder serves the next start", async () => {
  folder = stateFolder()
  const { path } = folder
  const demo = await startDemo(path, 60)
  const nats = natsPid(path)
  demo.child.kill("SIGKILL")
  expect((await demo.ended).signal).toBe("SIGKILL")
  await eventually("the worker ends", () => !isRunning(demo.workerPid) || undefined)
  await eventually("nats-server ends", () => !isRunning(nats) || undefined)
  const { code, stdout, stderr } = await tickd(["demo", "--for", "4s", "--json", "--state", path, ...freePorts])
  expect(code, stderr).toBe(0)
  expect(lastJson(stdout)).toMatchObject({ in_flight: 0, balanced: true, restarts: 0 })
})

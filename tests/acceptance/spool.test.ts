// An outage of the broker, even with a crash of the daemon in it, must cost no tick that reached the disk and store
// none twice.
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, expect, it } from "vitest"
import { readSegmentHead, scanFrames, segmentHead } from "../../src/market/adapters/spool/segment.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  logLines,
  type RunningCommand,
  startCommand,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"
import type { StoredTick } from "../support/cli-stream.ts"
import { freePort } from "../support/free-port.ts"
import { natsBinary, readStream } from "../support/nats-server.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

/** A front, a broker that can be killed and restarted on its store, and daemons one after another. */
const makeHandler = async (state: string, rate: number) => {
  const front = startTickd(["front", "--port", "0", "--json", "--instruments", "50", "--rate", String(rate)])
  const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
  const program = await Effect.runPromise(natsBinary)
  const natsPort = await freePort()
  let broker: RunningCommand | undefined
  const startBroker = () => {
    broker = startCommand(["-a", "127.0.0.1", "-p", String(natsPort), "-js", "-sd", join(state, "nats")], { program })
  }
  const killBroker = async () => {
    broker?.child.kill("SIGKILL")
    await broker?.ended
  }
  const startDaemon = async () => {
    const port = await freePort()
    const run = startTickd(
      ["run"],
      daemonEnvironment(state, address, {
        NATS_URL: `nats://127.0.0.1:${natsPort}`,
        INGEST_METRICS_PORT: String(port),
        TICKD_INSTRUMENTS: marketContracts(50)
          .map(({ id }) => id)
          .join(",")
      })
    )
    const status = async () => (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as StatusMessage
    /** Waits for a status; a short one is found by checks every 5 ms. */
    const until = async (what: string, holds: (status: StatusMessage) => boolean) => {
      const deadline = performance.now() + 30_000
      let last: unknown
      while (performance.now() < deadline) {
        const found = await status().catch((error: unknown) => void (last = error))
        if (found !== undefined) last = found
        if (found !== undefined && holds(found)) return found
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      throw new Error(`${what} did not come: ${JSON.stringify(last)}\n${run.stdout().slice(-3000)}${run.stderr()}`)
    }
    return { ...run, until }
  }
  const stored = async (): Promise<ReadonlyArray<StoredTick>> => {
    const lines = await Effect.runPromise(Effect.scoped(readStream(`nats://127.0.0.1:${natsPort}`)))
    return lines.map(({ text }) => JSON.parse(text) as StoredTick)
  }
  return { stored, startBroker, killBroker, startDaemon, spool: join(state, "spool") }
}

const published = (status: StatusMessage) => status.ledger[0]?.published ?? 0

/** Each tick once, and those of one run in sequence of receipt. Keys of the stored ticks. */
const checkOnce = (stored: ReadonlyArray<StoredTick>): Set<string> => {
  const keys = new Set<string>()
  for (const [index, tick] of stored.entries()) {
    const key = `${tick.seq} ${String(tick["recv_ts"])}`
    if (keys.has(key)) throw new Error(`message ${index + 1} (${key}) is stored twice`)
    keys.add(key)
    const before = stored[index - 1]
    // a new run counts from 1 again
    const inOrder = before === undefined || tick.seq > before.seq || tick.seq < 2000
    if (!inOrder) throw new Error(`message ${index + 1} has number ${tick.seq} after ${before?.seq}`)
  }
  return keys
}

/** Sequence numbers of the ticks in a spool that no daemon has open. */
const spooledIn = (spool: string): Array<{ readonly seq: number; readonly receivedMs: number }> =>
  readdirSync(spool)
    .filter((name) => name.endsWith(".spool"))
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(join(spool, name))
      const found: Array<{ seq: number; receivedMs: number }> = []
      scanFrames(bytes, readSegmentHead(bytes)?.length ?? 0, ({ feedSeq, receivedMs }) =>
        found.push({ seq: feedSeq, receivedMs })
      )
      return found
    })

it("an outage of 10 s under load: nothing lost, nothing twice, in order; a stop in the next one leaves its ticks to the next start", async () => {
  folder = stateFolder()
  const handler = await makeHandler(folder.path, 4000)
  handler.startBroker()
  const first = await handler.startDaemon()
  await first.until("ticks", (status) => status.ready && published(status) > 4000)
  await handler.killBroker()
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  const away = await first.until("a spool", ({ spool }) => spool?.engaged === true && spool.ticks > 20_000)
  expect(away.queue.depth).toBeLessThan(5000)
  expect(away.machines.find(({ actor }) => actor === "publisher")?.state).toBe("spooling")
  expect(away.ledger[0]).toMatchObject({ balanced: true, dropped_total: 0 })
  handler.startBroker()
  const back = await first.until("an empty spool", ({ spool }) => spool?.ticks === 0 && !spool.engaged)
  expect(published(back)).toBeGreaterThan(24_000)
  await first.until("direct again", ({ machines }) =>
    machines.some(({ actor, state }) => actor === "publisher" && state === "connected")
  )
  await handler.killBroker()
  await first.until("a second spool", ({ spool }) => (spool?.ticks ?? 0) > 4000)
  first.child.kill("SIGTERM")
  const end = await first.ended
  expect(end.code, end.stderr).toBe(0)
  const account = logLines(end.stdout).findLast(({ event }) => event === "ledger")?.[
    "ledger"
  ] as StatusMessage["ledger"]
  expect(account[0]).toMatchObject({ balanced: true, dropped_total: 0, in_flight: 0 })
  const left = account[0]?.spooled ?? 0
  expect(left).toBeGreaterThan(4000)
  expect(spooledIn(handler.spool).length).toBeGreaterThanOrEqual(left)
  handler.startBroker()
  const second = await handler.startDaemon()
  const after = await second.until("all of it stored", ({ spool }) => spool?.ticks === 0 && spool.recovered > 0)
  expect(after.spool?.recovered).toBe(left)
  second.child.kill("SIGTERM")
  expect((await second.ended).code).toBe(0)
  const stored = await handler.stored()
  checkOnce(stored)
  const total = (account[0]?.published ?? 0) + left
  const ofFirst = stored.slice(0, total)
  for (const [index, tick] of ofFirst.entries()) {
    if (index > 0 && tick.seq <= (ofFirst[index - 1]?.seq ?? 0))
      throw new Error(`message ${index + 1} is of another run`)
  }
  expect(stored.length).toBeGreaterThanOrEqual(total)
  // ticks that the second run received, if any, follow
  expect(stored[total]?.seq ?? 1).toBeLessThan(1000)
})

it("kill -9 while spooling, a torn tail, and kill -9 in the middle of the replay: what was on disk is stored once", async () => {
  folder = stateFolder()
  const handler = await makeHandler(folder.path, 15_000)
  handler.startBroker()
  const first = await handler.startDaemon()
  await first.until("ticks", (status) => status.ready && published(status) > 5000)
  await handler.killBroker()
  await first.until("a spool", ({ spool }) => (spool?.ticks ?? 0) > 60_000)
  first.child.kill("SIGKILL")
  await first.ended
  const last = readdirSync(handler.spool)
    .filter((name) => name.endsWith(".spool"))
    .sort()
    .at(-1) as string
  truncateSync(join(handler.spool, last), readFileSync(join(handler.spool, last)).length - 100)
  const onDisk = spooledIn(handler.spool)
  expect(onDisk.length).toBeGreaterThan(60_000)

  handler.startBroker()
  const second = await handler.startDaemon()
  const replaying = await second.until("a replay", ({ spool }) => (spool?.recovered ?? 0) > 500)
  second.child.kill("SIGKILL")
  await second.ended
  expect(replaying.spool?.ticks).toBeGreaterThan(10_000)
  expect(logLines(second.stdout()).find(({ event }) => event === "spool_recovered")).toMatchObject({ level: "WARNING" })

  const third = await handler.startDaemon()
  await third.until("all of it stored", ({ spool }) => spool?.ticks === 0 && spool.recovered > 0)
  third.child.kill("SIGTERM")
  const end = await third.ended
  expect(end.code, end.stderr).toBe(0)
  const stored = await handler.stored()
  checkOnce(stored)
  const bySeq = new Map(stored.filter((tick) => tick.seq > 2000).map((tick) => [`${tick.seq}`, tick]))
  const missing = onDisk.filter(({ seq }) => seq > 2000 && !bySeq.has(`${seq}`))
  expect(missing).toEqual([])
  // the first run's ticks are first, without a hole up to the last whole record
  const lastSeq = onDisk.at(-1)?.seq ?? 0
  const end1 = stored.findIndex((tick) => tick.seq === lastSeq)
  const dense = stored
    .slice(0, end1 + 1)
    .every((tick, index) => index === 0 || tick.seq > (stored[index - 1]?.seq ?? 0))
  expect(dense).toBe(true)
  expect(readdirSync(handler.spool).filter((name) => name.endsWith(".spool"))).toEqual([])
})

it("V9: a spool that is in use is waited for, with the pid of who has it; one of another form ends the start", async () => {
  folder = stateFolder()
  const handler = await makeHandler(folder.path, 500)
  handler.startBroker()
  const first = await handler.startDaemon()
  await first.until("ready", ({ ready }) => ready)
  const second = await handler.startDaemon()
  await second.until("waits", ({ ready, reasons }) => !ready && reasons[0]?.includes(`(pid ${first.pid},`) === true)
  first.child.kill("SIGKILL")
  await first.ended
  await second.until("ready", ({ ready }) => ready)
  second.child.kill("SIGKILL")
  await second.ended
  writeFileSync(
    join(handler.spool, "0000000000000000.spool"),
    segmentHead({ stream: "MD_TICKS", contentType: "other" })
  )
  const third = await handler.startDaemon()
  const mismatched = await third.ended
  expect(mismatched.code).toBe(78)
  expect(mismatched.stderr).toMatch(/TICK_SERIALIZER.*\[SPOOL_MISMATCH\]/s)
  await eventually("the file is still there", () => readdirSync(handler.spool).length >= 2)
})

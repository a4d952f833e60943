// Between two runs of a daemon nothing is received: consumers must find that time in a gap record, after a kill -9 and
// after a stop.
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { GapMessage } from "../../src/protocol/market/gap-message.ts"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, holdPort, startTickd, stateFolder } from "../support/cli-process.ts"
import { readStream, startServer } from "../support/nats-server.ts"

const state = stateFolder()
const scope = Effect.runSync(Scope.make())
let nats = ""
let front = ""

beforeAll(async () => {
  nats = (await Effect.runPromise(startServer().pipe(Effect.provideService(Scope.Scope, scope)))).url
  front = (await startFront()).address
})

afterAll(async () => {
  await endCommands()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  state.remove()
})

const linesOf = (stream: string) => Effect.runPromise(Effect.scoped(readStream(nats, stream)))

/** A daemon whose first ticks are stored, and the port of its metrics. */
const startDaemon = async () => {
  const { port, release } = await holdPort()
  await release()
  const { child, ended } = startTickd(
    ["run"],
    daemonEnvironment(state.path, front, { NATS_URL: nats, INGEST_METRICS_PORT: String(port) })
  )
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  await eventually("ticks", async () => {
    const text = await get("/metrics").catch(() => "")
    return Number(/^md_ticks_published_total\{feed="primary"\} (\d+)$/m.exec(text)?.[1] ?? 0) > 50 || undefined
  })
  return { child, ended, get }
}

const end = async ({ child, ended }: Awaited<ReturnType<typeof startDaemon>>, signal: "SIGKILL" | "SIGTERM") => {
  child.kill(signal)
  await ended
}

/** Closed records of the time between two runs, and the ticks around each. */
const downRecords = async () => {
  const gaps = (await linesOf("MD_INTEGRITY")).flatMap(({ subject, text }) =>
    subject.startsWith("md.gap.") ? [JSON.parse(text) as GapMessage] : []
  )
  const ticks = (await linesOf("MD_TICKS")).map(({ text }) => JSON.parse(text) as { seq: number; recv_ts: number })
  return gaps
    .filter(({ cause, state }) => cause === "daemon_down" && state === "closed")
    .map((gap) => {
      const first = ticks.findIndex(({ recv_ts }) => recv_ts > gap.from)
      return { gap, before: ticks[first - 1]?.recv_ts, behind: ticks[first] }
    })
}

it("reports the time from the last stored tick to the first of the next run, once per end", async () => {
  const first = await startDaemon()
  // nothing is known of a run before the first one
  expect(await first.get("/metrics")).toMatch(/^md_gaps_told_total\{feed="primary",cause="daemon_down"\} 0$/m)
  await end(first, "SIGKILL")
  const second = await startDaemon()
  await eventually("a record", async () => (await downRecords()).length === 1 || undefined)
  expect(await second.get("/metrics")).toMatch(/^md_gaps_told_total\{feed="primary",cause="daemon_down"\} 1$/m)
  await end(second, "SIGTERM")
  const third = await startDaemon()
  await eventually("two records", async () => (await downRecords()).length === 2 || undefined)
  await end(third, "SIGTERM")
  for (const { gap, before, behind } of await downRecords()) {
    expect(gap).toMatchObject({ feed: "primary", instrument: null, count: null, seqs: null })
    expect(gap.from).toBe(before)
    expect(behind?.seq).toBe(1)
    expect(gap.to).toBeCloseTo(behind?.recv_ts ?? 0, 2)
  }
}, 90_000)

// A soak is evidence only when its sums are those of the stream: here a real demo is measured from outside.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { DeliverPolicy, jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { afterAll, afterEach, expect, it } from "vitest"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  lastJson,
  natsPid,
  startCommand,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const startDemo = async (...flags: ReadonlyArray<string>) => {
  const demo = startTickd(["demo", ...freePorts, ...flags])
  const { http, nats } = await demoAddresses(demo)
  await eventually("ready", async () => (await fetch(`${http}/readyz`)).status === 200 || undefined)
  return nats
}
/** Rows of a CSV file without its header. */
const rowsOf = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","))
const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

interface Summary {
  readonly total_messages: number
  readonly first_stream_sequence: number
  readonly last_stream_sequence: number
  readonly per_exchange: Readonly<Record<string, number>>
  readonly latency_ms: { readonly count: number; readonly p99: number }
  readonly unique_subjects: number
}
const summaryIn = (out: string) => JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as Summary

it("writes the evidence of a run, with sums that are those of the stream, and its exit code is the verdict", async () => {
  const nats = await startDemo()
  const out = join(folder.path, "soak")
  const flags = ["--duration", "6", "--window", "2", "--out-dir", out, "--server", nats]
  const { code, stderr, stdout } = await tickd(["soak", ...flags, "--min-mps", "100", "--max-p99-ms", "5000", "--json"])
  expect(stderr.split("\n").filter((line) => /^soak \d\/6 s {2}[\d,]+ ticks /.test(line))).toHaveLength(3)
  expect(code).toBe(0)
  const summary = summaryIn(out)
  expect(lastJson(stdout)).toEqual(summary)
  expect(summary).toMatchObject({
    complete: true,
    verdict: "passed",
    window_seconds: 2,
    json_errors: 0,
    missing_timestamp: 0,
    unread_messages: 0,
    lost: 0,
    missing_numbers: 0,
    repeated: 0,
    out_of_order: 0,
    numbers_followed: true,
    gap_records_read: true
  })
  const total = summary.total_messages
  expect(total).toBeGreaterThan(600)

  // What the stream itself holds between the two sequences, by exchange and by subject.
  const connection = await connect({ servers: nats })
  const from = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: summary.first_stream_sequence }
  const consumer = await jetstream(connection).consumers.get("MD_TICKS", from)
  const stored = new Map<string, number>()
  for await (const { seq, subject } of await consumer.consume({ max_messages: 5000 })) {
    if (seq <= summary.last_stream_sequence) stored.set(subject, (stored.get(subject) ?? 0) + 1)
    if (seq >= summary.last_stream_sequence) break
  }
  await connection.close()
  expect(sum([...stored.values()])).toBe(total)
  const subjects = rowsOf(join(out, "top_subjects.csv")).map(
    ([subject = "", count]) => [subject, Number(count)] as const
  )
  expect(new Map(subjects)).toEqual(stored)
  expect(subjects).toHaveLength(summary.unique_subjects)
  const exchanges = JSON.parse(readFileSync(join(out, "per_exchange.json"), "utf8")) as Record<string, number>
  expect(exchanges).toEqual(summary.per_exchange)
  expect(sum(Object.values(exchanges))).toBe(total)
  const windows = rowsOf(join(out, "mps_timeseries.csv"))
  expect(windows).toHaveLength(3)
  expect(sum(windows.map((row) => Number(row[3])))).toBe(total)
  expect(summary.latency_ms.count).toBe(total)
  expect(rowsOf(join(out, "latency_samples.csv"))).toHaveLength(total)

  // The demo has 1,000 ticks a second: the default threshold is not reached.
  const failed = await tickd(["soak", "--duration", "1", "--window", "1", "--out-dir", out, "--server", nats])
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(/^failed {2}[\d,]+ ticks in/)
  expect(failed.stdout).toMatch(/FAILED {2}throughput: [\d.]+ \(limit 5000\)/)
})

it("reads on over a killed nats-server, and counts each tick once", async () => {
  const state = join(folder.path, "state")
  const nats = await startDemo("--state", state)
  const out = join(folder.path, "outage")
  const flags = ["--duration", "8", "--window", "1", "--out-dir", out, "--server", nats]
  const soak = startTickd(["soak", ...flags, "--min-mps", "100", "--max-p99-ms", "8000"])
  await soak.printed(/soak 2\/8 s/)
  process.kill(natsPid(state), "SIGKILL")
  const { code, stdout } = await soak.ended
  expect(stdout).toMatch(/^passed {2}/)
  expect(code).toBe(0)
  expect(summaryIn(out)).toMatchObject({ unread_messages: 0, lost: 0, repeated: 0, out_of_order: 0, reader_outages: 1 })
})

it("keeps what it has after Ctrl-C, and says that it is not complete", async () => {
  const nats = await startDemo()
  const out = join(folder.path, "early")
  const program = join(import.meta.dirname, "..", "..", "deploy", "operations", "full_feed_soak")
  const soak = startCommand([program, "--duration", "3600", "--window", "1", "--out-dir", out, "--server", nats], {
    program: "bash"
  })
  await soak.printed(/soak 2\/3600 s/)
  soak.child.kill("SIGINT")
  const { code, stdout } = await soak.ended
  expect(code).toBe(130)
  expect(stdout).toMatch(/^incomplete {2}/)
  const summary = summaryIn(out)
  expect(summary).toMatchObject({ complete: false, verdict: "incomplete" })
  expect(summary.total_messages).toBeGreaterThan(200)
  expect(sum(rowsOf(join(out, "mps_timeseries.csv")).map((row) => Number(row[3])))).toBe(summary.total_messages)
})

it("refuses a folder that cannot be written and a server that does not answer", async () => {
  const gone = await tickd(["soak", "--server", "nats://127.0.0.1:1", "--out-dir", join(folder.path, "gone")])
  expect(gone.code).toBe(69)
  const nats = await startDemo()
  const unwritable = await tickd(["soak", "--server", nats, "--out-dir", "/proc/soak"])
  expect(unwritable.code).toBe(65)
  expect(unwritable.stderr).toContain("[OUTPUT_NOT_WRITTEN]")
  const short = await tickd(["soak", "--server", nats, "--window", "0"])
  expect(short.code).toBe(64)
})

// After a bad night the report must hold what happened, at the time it happened, without a question to the operator.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { afterEach, expect, it } from "vitest"
import type { IncidentReport } from "../../src/ops/domain/incident/incident-report.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { endCommands, lastJson, stateFolder, tickd } from "../support/cli-process.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

const everyStreams = ({ sessions }: StatusMessage) => sessions.every(({ state }) => state === "streaming")
const within = (text: string | null | undefined, fromMs: number, toMs: number) => {
  const atMs = Date.parse(text ?? "")
  expect(text).toMatch(/\+08:00$/)
  expect(atMs).toBeGreaterThanOrEqual(fromMs)
  expect(atMs).toBeLessThanOrEqual(toMs)
}

it("a crash and a switch by hand: the report shows both with their times and the gap, and needs no daemon for the audit", async () => {
  folder = stateFolder()
  const handler = await makeTwoFeeds(folder.path, { instruments: 30, rate: 1000 })
  handler.startBroker()
  const daemon = await handler.startDaemon({ DRILLS_ENABLED: "1" })
  const ask = ["--server", handler.nats, "--instance", "acceptance"]
  const env = { TICKD_STATE_DIR: folder.path }
  await daemon.until("both feeds", everyStreams)
  await daemon.until("ticks", (status) => publishedOf(status) > 1000)
  const startMs = Date.now()
  // The standby crashes, so that the only switch is the operator's.
  const crash = await tickd(["inject", "crash", "--feed", "backup", "--reason", "exercise", ...ask])
  expect(crash.code, crash.stderr).toBe(0)
  await daemon.until("a restart", ({ restarts }) => restarts > 0)
  await daemon.until("both feeds", everyStreams)
  const crashEndMs = Date.now()
  const switched = await tickd(["failover", "--reason", "exercise", "--json", ...ask])
  expect(switched.code, switched.stderr).toBe(0)
  const { latency_ms } = lastJson(switched.stdout)["switch"] as { readonly latency_ms: number }
  await daemon.until("backup", ({ failover }) => failover?.active === "backup")

  const connection = await connect({ servers: handler.nats })
  for (const recv_ts of [startMs - 3_600_000, startMs, startMs + 1]) {
    const tick = { version: 1, feed: "primary", seq: 1, reason: "price_range", symbol: "rb2601", recv_ts, raw: "" }
    await jetstream(connection).publish("md.quarantine.price_range", JSON.stringify(tick))
  }
  await connection.close()

  const since = new Date(startMs - 2000).toISOString()
  const printed = await tickd(["incident", "report", "--since", since, "--format", "json", ...ask], env)
  expect(printed.code, printed.stderr).toBe(0)
  const { evidence, incident } = lastJson(printed.stdout) as unknown as IncidentReport
  expect(incident.trigger).toMatch(/sent inject crash backup/)
  within(incident.date_time, startMs, crashEndMs)
  expect(incident.metrics[1].md_failover_latency_ms).toBe(latency_ms)
  expect(incident.actions.filter((text) => text.includes("feed-worker restarting"))).toHaveLength(1)
  expect(incident.outcome).toContain("active feed backup")
  expect(incident.operator).toMatch(/^\S+@\S+$/)
  const gap = evidence.gaps.find(({ cause, feed }) => cause === "session_down" && feed === "backup")
  within(gap?.from, startMs - 2000, crashEndMs)
  within(gap?.to, startMs, Date.now())
  expect(evidence.timeline.filter(({ kind }) => kind === "switch")).toHaveLength(1)
  within(evidence.timeline.find(({ kind }) => kind === "switch")?.at, crashEndMs, Date.now())
  // Each command is in the stream and in the audit file, and here once as accepted and once as done.
  expect(evidence.timeline.filter(({ kind, subject }) => kind === "command" && subject === "inject")).toHaveLength(2)
  expect(evidence.timeline.map(({ at }) => at)).toEqual(evidence.timeline.map(({ at }) => at).toSorted())
  // The tick of an hour ago is outside of the range.
  expect(evidence.quarantine).toEqual([{ reason: "price_range", count: 2 }])
  expect(evidence.notes).toEqual([])

  const opened = await tickd(["incident", "open", "--title", "exercise", "--since", since, "--json"], env)
  const id = String(lastJson(opened.stdout)["id"])
  const closed = await tickd(["incident", "close", "--lang", "zh", ...ask], env)
  expect(closed.code, closed.stderr).toBe(0)
  const stored = readFileSync(join(folder.path, "incidents", `${id}.yaml`), "utf8")
  expect(stored).toMatch(/^incident:\n {2}date_time: "20/)
  expect(stored).toContain("当前行情源 backup")

  daemon.child.kill("SIGTERM")
  await daemon.ended
  await endCommands()
  const alone = await tickd(["incident", "report", id, "--format", "json", ...ask], env)
  expect(alone.code, alone.stderr).toBe(0)
  const later = lastJson(alone.stdout) as unknown as IncidentReport
  expect(later.evidence.notes.join(" ")).toContain("MD_EVENTS was not read")
  expect(later.incident.audit_files.some((path) => path.endsWith("audit.jsonl"))).toBe(true)
  expect(later.incident.outcome).toContain("当前行情源 backup")
})

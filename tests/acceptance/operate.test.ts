// An operator sees the daemon only through its log, its endpoints and its verbs: they must be true, and no
// secret.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { connect } from "@nats-io/transport-node"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { StatusMessage } from "../../src/protocol/market/status.ts"
import { TickMessage } from "../../src/protocol/market/tick/tick-schema.ts"
import { account, daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  holdPort,
  lastJson,
  logLines,
  type RunningCommand,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { isRunbookName } from "../support/declared-metrics.ts"
import { metricFaults } from "../support/metric-rules.ts"

const verbs: Readonly<Record<string, ReadonlyArray<string>>> = {
  demo: "for json replay speed instruments rate feeds nats-port http-port state family".split(" "),
  run: ["embedded-nats"],
  front: "host port replay speed instruments rate seed since even stale-snapshot json until-stdin-ends".split(" "),
  tail: "server count json".split(" "),
  status: "json server instance".split(" ")
}

for (const [verb, flags] of Object.entries(verbs)) {
  it(`names the flags of ${verb} in its help`, async () => {
    const { code, stdout } = await tickd([verb, "--help"])
    expect(code).toBe(0)
    for (const flag of flags) expect(stdout).toMatch(new RegExp(`--${flag}\\b`))
  })
}

describe("a daemon that runs", () => {
  const state = stateFolder()
  let front: Awaited<ReturnType<typeof startFront>>
  let daemon: RunningCommand
  let http = ""
  let nats = ""

  const get = async (path: string) => {
    const response = await fetch(`${http}${path}`)
    return { status: response.status, text: await response.text() }
  }
  const statusNow = async () => Schema.decodeUnknownSync(StatusMessage)(JSON.parse((await get("/status")).text))

  beforeAll(async () => {
    front = await startFront()
    const port = await freeTcpPort()
    http = `http://127.0.0.1:${port}`
    daemon = startTickd(
      ["run", "--embedded-nats"],
      daemonEnvironment(state.path, front.address, {
        INGEST_METRICS_PORT: String(port),
        TICKD_INSTRUMENTS: "",
        TICKD_CONTRACTS: "tests/support/cli-contracts.csv"
      })
    )
    // The telemetry child starts first: it answers before ticks flow.
    const early = await eventually("telemetry", async () => get("/readyz"))
    expect([200, 503]).toContain(early.status)
    if (early.status === 503) expect(early.text).toMatch(/not ready: .*(daemon starting|broker link|session primary)/)
    await eventually("ready", async () => (await get("/readyz")).status === 200 || undefined)
    nats = (await statusNow()).broker.url
  })

  afterAll(async () => {
    await endCommands()
    state.remove()
  })

  it("is healthy and ready once it streams, and counts what it does", async () => {
    await eventually(
      "ticks",
      async () => (await statusNow()).ledger.some(({ published }) => published > 100) || undefined
    )
    expect((await get("/healthz")).status).toBe(200)
    expect((await get("/readyz")).text).toMatch(/^ready/)
    expect((await get("/nowhere")).status).toBe(404)
    const { text } = await get("/metrics")
    expect(metricFaults(text).filter((fault) => !isRunbookName(fault))).toEqual([])
    expect(text).toMatch(/^md_ticks_dropped_total\{feed="primary",where="ring"\} 0$/m)
    expect(text).toMatch(/^md_ticks_received_total\{feed="primary"\} [1-9]/m)
    expect(text).toMatch(/^md_ticks_published_total\{feed="primary"\} [1-9]/m)
    expect(text).toMatch(/^md_ledger_balanced\{feed="primary"\} 1$/m)
    expect(text).toMatch(/^md_tick_queue_depth \d+$/m)
    expect(text).toMatch(/^md_tick_queue_oldest_seconds /m)
    expect(text).toMatch(/^md_child_restarts_total\{/m)
    expect(text).toMatch(/^md_session_state\{[^}]*state="streaming"\} 1$/m)
    expect(text).toMatch(/^md_callback_to_ack_seconds_bucket\{le="\+Inf"\} [1-9]/m)
    expect(text).toMatch(/^md_ready 1$/m)
  })

  it("answers status over NATS, for scripts and for people", async () => {
    const asked = ["--server", nats, "--instance", "acceptance"]
    // Ready means that ticks flow; the control service connects a moment later.
    const json = await eventually("an answer", async () => {
      const ended = await tickd(["status", "--json", ...asked])
      return ended.code === 0 ? ended : undefined
    })
    const status = Schema.decodeUnknownSync(StatusMessage)(JSON.parse(json.stdout))
    expect(status).toMatchObject({ ready: true, reasons: [], instance: "acceptance" })
    expect(status.ledger.every(({ balanced }) => balanced)).toBe(true)
    const people = await tickd(["status", ...asked])
    const lines = people.stdout.trimEnd().split("\n")
    expect(lines.length).toBeLessThanOrEqual(8)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines[0]).toMatch(/^acceptance {2}READY {2}tickd \d+\.\d+\.\d+ {2}up /)
    const labels = lines.slice(1).map((line) => line.slice(0, 9).trimEnd())
    expect(labels.filter((label) => label !== "")).toEqual(["ticks", "queue", "broker", "session", "tree"])
    expect(lines.slice(1).filter((line) => !/^[ a-z]{8} \S/.test(line))).toEqual([])
    expect(people.stdout).toMatch(/^session {2}primary {2}streaming/m)
    const all = (await tickd(["status", "--all", ...asked])).stdout
    expect(all).toMatch(/^ledger {3}primary: received [\d,]+ = published [\d,]+/m)
    expect(all).toMatch(/^session-primary +streaming +\d\d-\d\d \d\d:\d\d:\d\d/m)
  })

  it("shows live ticks", async () => {
    const readable = await tickd(["tail", "--count", "5", "--server", nats])
    expect(readable.code, readable.stderr).toBe(0)
    const lines = readable.stdout.trimEnd().split("\n")
    expect(lines).toHaveLength(5)
    for (const line of lines)
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}\S+\.[A-Z]+ +\S+ {2}\S+\/\S+ +vol \d+ +[\d.]+ ms$/)
    const raw = await tickd(["tail", "--count", "3", "--json", "--server", nats, "md.tick.SHFE.>"])
    for (const line of raw.stdout.trimEnd().split("\n"))
      expect(Schema.decodeUnknownSync(TickMessage)(JSON.parse(line)).exchange).toBe("SHFE")
  })

  it("goes on when children of the root are restarted by order: ready, and each later order carried out once", async () => {
    const asked = ["--server", nats, "--instance", "acceptance"]
    for (const child of ["root/health", "root/control", "root/journal"]) {
      const restarted = await tickd(["restart", child, ...asked])
      expect(restarted.code, restarted.stderr).toBe(0)
    }
    await eventually("the journal is back", async () => (await tickd(["tree", ...asked])).code === 0 || undefined)
    const again = await tickd(["restart", "root/control", ...asked])
    expect(again.code, again.stderr).toBe(0)
    const ordered = await tickd(["subscribe", "IF2612", "--json", ...asked])
    expect(ordered.code, ordered.stderr).toBe(0)
    const audit = await tickd(["audit", "--json", "--file", join(state.path, "audit.jsonl")])
    const { shown } = lastJson(audit.stdout) as unknown as { shown: ReadonlyArray<{ entry: { verb: string } }> }
    expect(shown.filter(({ entry }) => entry.verb === "subscribe")).toHaveLength(2)
    expect((await get("/readyz")).status).toBe(200)
    expect((await statusNow()).ready).toBe(true)
  })

  it("is not ready, and says why, while the front is away", async () => {
    front.child.kill("SIGKILL")
    await front.ended
    const away = await eventually("not ready", async () => {
      const answer = await get("/readyz")
      return answer.status === 503 ? answer : undefined
    })
    expect(away.text).toMatch(/^not ready: .*session primary \w+/)
    expect((await get("/healthz")).status).toBe(200)
    expect((await get("/metrics")).text).toMatch(/^md_ready 0$/m)
  })

  it("keeps secrets out of everything that others can see, and drains on SIGTERM", async () => {
    const seen = [
      readFileSync(`/proc/${daemon.pid}/cmdline`, "latin1"),
      readFileSync(`/proc/${(await statusNow()).sessions[0]?.worker_pid}/cmdline`, "latin1"),
      (await get("/metrics")).text,
      (await get("/status")).text
    ]
    // The drain is faster than the second in which lines of one kind wait: none of these refusals may be missing in
    // the log.
    const asker = await connect({ servers: nats })
    const answers = await Promise.all(
      Array.from({ length: 900 }, () => asker.request("md.ctl.acceptance.state", "", { timeout: 20_000 }))
    )
    await asker.close()
    const refused = answers.filter((answer) => answer.string().includes("RATE_LIMITED")).length
    expect(refused).toBeGreaterThan(0)
    daemon.child.kill("SIGTERM")
    const { code, stdout, stderr } = await daemon.ended
    expect(code, stderr).toBe(0)
    const told = logLines(stdout).filter(({ event }) => event === "requests_refused")
    expect(told.reduce((sum, { count }) => sum + Number(count), 0)).toBe(refused)
    for (const text of [...seen, stdout, stderr]) {
      expect(text).not.toContain(account.password)
      expect(text).not.toContain(account.user)
    }
    const lines = logLines(stdout)
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      expect(line["ts"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$/)
      expect(line["event"]).toMatch(/^[a-z_]+$/)
      for (const key of ["level", "message", "session", "feed"]) expect(line).toHaveProperty(key)
      expect(line["account"]).toBe("0123...89")
    }
    expect(
      lines.some(({ event, feed, session }) => event === "logged_in" && feed === "primary" && session === "ctp-primary")
    ).toBe(true)
    expect(lines.at(-1)).toMatchObject({ event: "ledger" })
    expect(stdout).not.toMatch(/^\s+at /m)
  })
})

const freeTcpPort = async () => {
  const held = await holdPort()
  await held.release()
  return held.port
}

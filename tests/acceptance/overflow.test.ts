// A broker that hangs under load costs ticks: which ones is the operator's choice, and none may be lost in silence.
import { Effect, Schema } from "effect"
import { afterEach, expect, it } from "vitest"
import { type OverflowPolicy, overflowPolicies } from "../../src/kernel/limits/overflow-policy.ts"
import { CertificateMessageJson } from "../../src/protocol/market/certificate-message.ts"
import { type GapMessage, GapMessageJson } from "../../src/protocol/market/gap-message.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import { endCommands, eventually, holdPort, logLines, startTickd, stateFolder } from "../support/cli-process.ts"
import type { StoredTick } from "../support/cli-stream.ts"
import { readStream, startServer } from "../support/nats-server.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

/** The simulated library's own contracts, by its names. */
const instruments = 20
/**
 * Ticks a second. The ring must fill within a second or two where it should, and must not fill elsewhere, even on a
 * busy machine.
 */
const rateOf = (policy: OverflowPolicy) => (policy === "drop-newest" ? 50_000 : 10_000)
const names = Array.from({ length: instruments }, (_, at) => `rb${String(at + 1).padStart(4, "0")}`)
/** Minimum loss while the broker hangs. */
const lostAtLeast = 3000

const place = (policy: OverflowPolicy, ledger: StatusMessage["ledger"][number] | undefined): number =>
  policy === "conflate"
    ? (ledger?.conflated ?? 0)
    : (ledger?.dropped[policy === "drop-newest" ? "ring" : "overflow"] ?? 0)

const runAgainstHungBroker = (policy: OverflowPolicy, state: string) =>
  Effect.gen(function* () {
    const server = yield* startServer()
    yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(server.pid, "SIGCONT")))
    const account = yield* Effect.promise(async () => {
      const held = await holdPort()
      await held.release()
      const http = `http://127.0.0.1:${held.port}`
      const daemon = startTickd(
        ["run"],
        daemonEnvironment(state, `bench://${instruments}:${rateOf(policy)}:100000000`, {
          NATS_URL: server.url,
          TICKD_INSTRUMENTS: names.join(","),
          INGEST_METRICS_PORT: String(held.port),
          TICK_OVERFLOW_POLICY: policy,
          // With a spool nothing would be dropped.
          TICK_SPOOL_MAX_MB: "0",
          TICK_QUEUE_MAXSIZE: "2000"
        })
      )
      const ledger = async () => ((await (await fetch(`${http}/status`)).json()) as StatusMessage).ledger[0]
      await eventually("ticks are stored", async () => ((await ledger())?.published ?? 0) > 5000 || undefined)
      process.kill(server.pid, "SIGSTOP")
      await eventually("ticks are lost", async () => place(policy, await ledger()) > lostAtLeast || undefined, 30_000)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const metrics = await (await fetch(`${http}/metrics`)).text()
      process.kill(server.pid, "SIGCONT")
      const published = (await ledger())?.published ?? 0
      await eventually(
        "ticks are stored again",
        async () => ((await ledger())?.published ?? 0) > published + 5000 || undefined
      )
      daemon.child.kill("SIGTERM")
      const ended = await daemon.ended
      return { ...ended, metrics }
    })
    const ticks = yield* readStream(server.url)
    const told = yield* readStream(server.url, "MD_INTEGRITY")
    return { ...account, ticks, told }
  }).pipe(Effect.scoped, Effect.runPromise)

for (const policy of overflowPolicies) {
  it(`${policy}: every tick that a hung broker cost is counted, and stands in a gap record`, async () => {
    folder = stateFolder()
    const run = await runAgainstHungBroker(policy, folder.path)
    expect(run.code, run.stderr).toBe(0)
    const log = logLines(run.stdout)
    const [ledger] = (log.at(-1) as unknown as { readonly ledger: StatusMessage["ledger"] }).ledger
    expect(place(policy, ledger)).toBeGreaterThan(lostAtLeast)
    const lost = (ledger?.conflated ?? 0) + (ledger?.dropped_total ?? 0)
    const received = ledger?.received ?? 0
    expect(ledger).toMatchObject({
      received: run.ticks.length + lost,
      published: run.ticks.length,
      quarantined_total: 0,
      duplicate: 0,
      in_flight: 0,
      balanced: true
    })

    const seqs = run.ticks.map(({ text }) => (JSON.parse(text) as StoredTick).seq)
    const told = run.told.filter(({ subject }) => subject === "md.gap.primary")
    const gaps = new Map<string, GapMessage>()
    for (const { text } of told) {
      const gap = Schema.decodeUnknownSync(GapMessageJson)(text)
      gaps.set(gap.id, gap)
    }
    expect([...gaps.values()].map(({ state }) => state)).not.toContain("open")
    expect([...gaps.values()].reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(lost)
    // The outage is reported in a few records, not in one for each tick.
    expect(told.length).toBeLessThan(25)
    if (policy !== "drop-newest") {
      expect([...gaps.values()].map(({ cause }) => cause)).toContain("queue_overflow")
    }
    expect(untold(seqs, received, [...gaps.values()])).toEqual([])

    const lines = log.filter(({ event }) => event === "ticks_given_up")
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThan(20)
    for (const line of lines) expect(line).toMatchObject({ level: "WARNING", policy, feed: "primary" })
    for (const [at, line] of lines.entries()) {
      if (at > 0)
        expect(Date.parse(String(line["ts"])) - Date.parse(String(lines[at - 1]?.["ts"]))).toBeGreaterThan(900)
    }
    expect(run.metrics).toContain(`md_tick_queue_policy{policy="${policy}"} 1`)
    expect(Number(/^md_tick_queue_oldest_seconds (\S+)$/m.exec(run.metrics)?.[1])).toBeGreaterThan(0)
    const counter =
      policy === "conflate"
        ? /^md_ticks_conflated_total\{feed="primary"\} [1-9]/m
        : policy === "drop-oldest"
          ? /^md_ticks_dropped_total\{feed="primary",where="overflow"\} [1-9]/m
          : /^md_ticks_dropped_total\{feed="primary",where="ring"\} [1-9]/m
    expect(run.metrics).toMatch(counter)

    const certificates = run.told.filter(({ subject }) => /^md\.certificate\.\d+\.(day|night)$/.test(subject))
    const totals = certificates.map(({ text }) => Schema.decodeUnknownSync(CertificateMessageJson)(text))
    expect(totals.reduce((sum, { published }) => sum + published, 0)).toBe(run.ticks.length)
    expect(totals.some(({ complete }) => complete)).toBe(false)
  })
}

/** Numbers that are neither stored nor in a gap, and numbers out of sequence; the first few are enough. */
const untold = (
  seqs: ReadonlyArray<number>,
  received: number,
  gaps: ReadonlyArray<GapMessage>
): ReadonlyArray<number> => {
  const found: Array<number> = []
  let last = 0
  for (const seq of [...seqs, received + 1]) {
    if (seq <= last) found.push(seq)
    for (let missing = last + 1; missing < seq && found.length < 10; missing++) {
      const isTold = gaps.some(({ seqs: range }) => range !== null && range[0] <= missing && missing <= range[1])
      if (!isTold) found.push(missing)
    }
    last = seq
  }
  return found
}

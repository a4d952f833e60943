// Losing a feed must lose nothing: two fronts of one market, real workers, and what is stored held against the market
// itself.
import { Effect, Exit, Scope } from "effect"
import { afterEach, expect, it, onTestFinished } from "vitest"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { endCommands, lastJson, logLines, stateFolder, tickd } from "../support/cli-process.ts"
import { checkAgainstMarket } from "../support/market-oracle.ts"
import { startTraceCollector } from "../support/trace-collector.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

const ledgerAtEnd = (stdout: string) =>
  logLines(stdout).findLast(({ event }) => event === "ledger")?.["ledger"] as StatusMessage["ledger"]

const everyStreams = ({ sessions }: StatusMessage) => sessions.every(({ state }) => state === "streaming")

it("both feeds live, and an operator who switches to and fro: each tick stored once, in order, the twins counted", async () => {
  folder = stateFolder()
  const handler = await makeTwoFeeds(folder.path, { instruments: 60, rate: 3000 })
  handler.startBroker()
  const scope = Effect.runSync(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const collector = await Effect.runPromise(Scope.provide(startTraceCollector(), scope))
  const daemon = await handler.startDaemon({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  await daemon.until("both feeds", everyStreams)
  await daemon.until("ticks", (status) => publishedOf(status) > 6000)
  const order = async (verb: string) => {
    const { code, stdout, stderr } = await tickd([verb, "--json", "--server", handler.nats, "--instance", "acceptance"])
    return { code, stderr, reply: code === 0 ? lastJson(stdout) : {} }
  }
  const to = await order("failover")
  expect(to.code, to.stderr).toBe(0)
  expect(to.reply).toMatchObject({
    active: "backup",
    switch: { cause: "manual", result: "committed", kind: "failover" }
  })
  expect(await daemon.status()).toMatchObject({ failover: { active: "backup" } })
  const again = await order("failover")
  expect(again.code).not.toBe(0)
  expect(again.stderr).toContain("[ALREADY_ACTIVE]")
  const fro = await order("failback")
  expect(fro.reply).toMatchObject({ active: "primary", switch: { kind: "failback", result: "committed" } })
  const metrics = await daemon.metrics()
  expect(metrics).toMatch(/^md_failback_latency_seconds \d/m)
  expect(metrics).toMatch(/^md_subscription_coverage_ratio\{feed="primary",account="[^"]*",role="active"\} 1$/m)
  expect(metrics).toMatch(/^md_subscription_coverage_ratio\{feed="backup",account="[^"]*",role="standby"\} 1$/m)
  await daemon.until("ticks", (status) => publishedOf(status) > 12_000)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  for (const text of [end.stdout, end.stderr]) expect(text).not.toMatch(/0ther-s3cret|9876543210/)
  // A command and the switch below it are one trace; the refused command is an error.
  const spans = collector.spans().toSorted((one, other) => (one.startTimeUnixNano < other.startTimeUnixNano ? -1 : 1))
  const [asked, refused, back] = spans.filter(({ name }) => name.startsWith("command"))
  for (const [command, kind] of [
    [asked, "failover"],
    [back, "failback"]
  ] as const) {
    expect(command).toMatchObject({ name: `command ${kind}`, status: { code: 1 } })
    expect(spans.find(({ name }) => name === kind)).toMatchObject({
      traceId: command?.traceId,
      parentSpanId: command?.spanId,
      status: { code: 1 },
      attributes: expect.arrayContaining([{ key: "tickd.switch.result", value: { stringValue: "committed" } }])
    })
  }
  expect(refused).toMatchObject({ name: "command failover", status: { code: 2 } })
  expect(refused?.status.message).toContain("ALREADY_ACTIVE")
  expect(JSON.stringify(collector.requests)).not.toMatch(/0ther-s3cret|9876543210/)
  const [primary, backup] = ledgerAtEnd(end.stdout)
  for (const ledger of [primary, backup]) {
    expect(ledger).toMatchObject({ balanced: true, in_flight: 0, dropped_total: 0, quarantined_total: 0 })
  }
  const stored = await handler.stored()
  const published = (primary?.published ?? 0) + (backup?.published ?? 0)
  expect(stored.length).toBe(published)
  expect(checkAgainstMarket(handler.plan, stored)).toBe(published)
  // A few at the begin and the end came from one feed only.
  const twins = (primary?.duplicate ?? 0) + (backup?.duplicate ?? 0)
  expect(twins).toBeGreaterThan(published * 0.7)
  expect(twins).toBeLessThanOrEqual(published)
})

it("kill -9 of the active feed's front, then of a worker: the label moves, and not one tick of the market is missing", async () => {
  folder = stateFolder()
  const handler = await makeTwoFeeds(folder.path, { instruments: 60, rate: 3000 })
  handler.startBroker()
  const daemon = await handler.startDaemon({ MD_FAILBACK_AFTER_SECONDS: "1" })
  await daemon.until("both feeds", everyStreams)
  const before = await daemon.until("ticks", (status) => publishedOf(status) > 6000)
  handler.fronts.primary.child.kill("SIGKILL")
  await handler.fronts.primary.ended
  const away = await daemon.until("a switch", ({ failover }) => failover?.active === "backup")
  expect(away.failover?.last_failover).toMatchObject({ cause: "auto", result: "committed", from: "primary" })
  expect(away.failover?.last_failover?.latency_ms).toBeLessThan(5000)
  expect(await daemon.metrics()).toMatch(/^md_failover_latency_seconds \d/m)
  const without = await daemon.until("ticks without it", (status) => publishedOf(status) > publishedOf(before) + 6000)
  // One healthy feed has every tick, so the daemon is ready.
  expect(without.ready).toBe(true)
  const back = await handler.startFront(handler.fronts.primary.port)
  await daemon.until("both again", everyStreams)
  await daemon.until("the way back", ({ failover }) => failover?.active === "primary")
  const again = await daemon.until("twins again", (status) => publishedOf(status) > publishedOf(before) + 12_000)
  const worker = again.sessions.find(({ feed }) => feed === "backup")?.worker_pid ?? 0
  process.kill(worker, "SIGKILL")
  await daemon.until("a new worker", ({ sessions }) => {
    const session = sessions.find(({ feed }) => feed === "backup")
    return session?.state === "streaming" && session.worker_pid !== worker
  })
  const last = await daemon.until("ticks behind it", (status) => publishedOf(status) > publishedOf(again) + 6000)
  expect(last.ready).toBe(true)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  const ledger = ledgerAtEnd(end.stdout)
  for (const feed of ledger) expect(feed).toMatchObject({ balanced: true, in_flight: 0, dropped_total: 0 })
  const stored = await handler.stored()
  expect(checkAgainstMarket(handler.plan, stored)).toBe(ledger.reduce((sum, { published }) => sum + published, 0))
  // Both losses are reported, and also that nothing is missing because of them.
  for (const [feed, other] of [
    ["primary", "backup"],
    ["backup", "primary"]
  ] as const) {
    const last = new Map((await handler.gaps(feed)).map((gap) => [gap.id, gap]))
    const covered = [...last.values()].filter(
      ({ cause, covered_by }) => cause === "session_down" && covered_by === other
    )
    expect(covered, JSON.stringify([...last.values()])).toHaveLength(1)
  }
  back.child.kill("SIGTERM")
})

it("a cold pair: one login at a time, and what a switch leaves out is reported", async () => {
  folder = stateFolder()
  const handler = await makeTwoFeeds(folder.path, { instruments: 60, rate: 2000 })
  handler.startBroker()
  const daemon = await handler.startDaemon({ MD_FAILOVER_MODE: "cold", CTP_ROUTE_SELECTOR: "backup" })
  const started = await daemon.until("ticks", (status) => publishedOf(status) > 2000)
  const standing = ({ sessions }: StatusMessage) =>
    sessions.map(({ feed, role, worker_pid }) => [feed, role, worker_pid > 0])
  expect(standing(started)).toEqual([
    ["primary", "off", false],
    ["backup", "active", true]
  ])
  expect(started.ready).toBe(true)
  // Not even for a moment: a cold pair must save a login.
  const printed = daemon.stdout()
  const log = logLines(printed.slice(0, printed.lastIndexOf("\n")))
  expect(log.filter(({ feed }) => feed === "primary")).toEqual([])
  const { code, stderr } = await tickd(["failback", "--server", handler.nats, "--instance", "acceptance"])
  expect(code, stderr).toBe(0)
  const switched = await daemon.until("ticks of the other", ({ ledger }) => (ledger[0]?.published ?? 0) > 2000)
  expect(standing(switched)).toEqual([
    ["primary", "active", true],
    ["backup", "off", false]
  ])
  expect(await daemon.metrics()).not.toMatch(/^md_subscription_coverage_ratio\{feed="backup"/m)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  for (const feed of ledgerAtEnd(end.stdout)) expect(feed).toMatchObject({ balanced: true, duplicate: 0 })
  const stored = await handler.stored()
  for (const feed of ["primary", "backup"]) {
    const ofFeed = stored.filter((tick) => tick.feed === feed)
    expect(checkAgainstMarket(handler.plan, ofFeed)).toBe(ofFeed.length)
  }
  const [told] = await handler.gaps("primary")
  const lastMs = Math.max(...stored.filter(({ feed }) => feed === "backup").map((tick) => Number(tick["recv_ts"])))
  expect(told).toMatchObject({ cause: "session_down", state: "closed", count: null })
  expect(Math.abs((told?.from ?? 0) - lastMs)).toBeLessThan(50)
})

it("kill -9 of the daemon while both feeds go to the spool: what was on disk is stored, and nothing twice", async () => {
  folder = stateFolder()
  const handler = await makeTwoFeeds(folder.path, { instruments: 60, rate: 3000 })
  const broker = handler.startBroker()
  const first = await handler.startDaemon()
  await first.until("both feeds", everyStreams)
  await first.until("ticks", (status) => publishedOf(status) > 3000)
  broker.child.kill("SIGKILL")
  await broker.ended
  await first.until("a spool", ({ spool }) => (spool?.ticks ?? 0) > 9000)
  first.child.kill("SIGKILL")
  await first.ended
  handler.startBroker()
  const second = await handler.startDaemon()
  const after = await second.until("the spool stored", ({ spool }) => spool?.ticks === 0 && spool.recovered > 0)
  expect(after.spool?.recovered).toBeGreaterThan(8000)
  await second.until("ticks behind it", (status) => publishedOf(status) > 3000)
  second.child.kill("SIGTERM")
  const end = await second.ended
  expect(end.code, end.stderr).toBe(0)
  for (const feed of ledgerAtEnd(end.stdout)) expect(feed).toMatchObject({ balanced: true, in_flight: 0 })
  const stored = await handler.stored()
  const ofSecond = ledgerAtEnd(end.stdout).reduce((sum, { published }) => sum + published, 0)
  const runs = [stored.slice(0, stored.length - ofSecond), stored.slice(stored.length - ofSecond)] as const
  // Each run by itself is one range of the market; ticks while no daemon ran are in neither.
  for (const run of runs) expect(checkAgainstMarket(handler.plan, run)).toBe(run.length)
  const lastMs = Math.max(...runs[0].map(({ ts }) => Number(ts)))
  expect(Math.min(...runs[1].map(({ ts }) => Number(ts)))).toBeGreaterThan(lastMs)
  // No daemon received either feed: reported for both, from the last ticks on disk, and neither covers the other.
  const spooledMs = Math.max(...runs[0].map(({ recv_ts }) => Number(recv_ts)))
  for (const feed of ["primary", "backup"]) {
    const down = (await handler.gaps(feed)).filter(({ cause }) => cause === "daemon_down").at(-1)
    expect(down).toMatchObject({ state: "closed", count: null })
    expect(down).not.toHaveProperty("covered_by")
    // a frame of the spool and a message round the same microseconds differently
    expect(down?.from).toBeLessThan(spooledMs + 0.005)
    expect(down?.from).toBeGreaterThan(spooledMs - 1000)
    expect(down?.to).toBeGreaterThan(spooledMs)
  }
})

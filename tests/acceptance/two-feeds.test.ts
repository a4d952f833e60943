// Losing a feed must lose nothing: two fronts of one market, real workers, and what is stored held against the market itself.
import { afterEach, expect, it } from "vitest"
import type { StatusMessage } from "../../src/protocol/status.ts"
import { endCommands, logLines, stateFolder } from "../support/cli-process.ts"
import { checkAgainstMarket } from "../support/market-oracle.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

const ledgerAtEnd = (stdout: string) =>
  logLines(stdout).findLast(({ event }) => event === "ledger")?.["ledger"] as StatusMessage["ledger"]

it("both feeds live: each tick stored once, in order, the twins counted, and both ledgers balance", async () => {
  folder = stateFolder()
  const desk = await makeTwoFeeds(folder.path, { instruments: 60, rate: 3000 })
  desk.startBroker()
  const daemon = await desk.startDaemon()
  await daemon.until("both feeds", ({ sessions }) => sessions.every(({ state }) => state === "streaming"))
  await daemon.until("ticks", (status) => publishedOf(status) > 12_000)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  for (const text of [end.stdout, end.stderr]) expect(text).not.toMatch(/0ther-s3cret|9876543210/)
  const [primary, backup] = ledgerAtEnd(end.stdout)
  for (const ledger of [primary, backup]) {
    expect(ledger).toMatchObject({ balanced: true, in_flight: 0, dropped_total: 0, quarantined_total: 0 })
  }
  const stored = await desk.stored()
  const published = (primary?.published ?? 0) + (backup?.published ?? 0)
  expect(stored.length).toBe(published)
  expect(checkAgainstMarket(desk.plan, stored)).toBe(published)
  // A few at the begin and the end came from one feed only.
  const twins = (primary?.duplicate ?? 0) + (backup?.duplicate ?? 0)
  expect(twins).toBeGreaterThan(published * 0.7)
  expect(twins).toBeLessThanOrEqual(published)
})

it("kill -9 of a front and of a worker under load: not one tick of the market is missing", async () => {
  folder = stateFolder()
  const desk = await makeTwoFeeds(folder.path, { instruments: 60, rate: 3000 })
  desk.startBroker()
  const daemon = await desk.startDaemon()
  await daemon.until("both feeds", ({ sessions }) => sessions.every(({ state }) => state === "streaming"))
  const before = await daemon.until("ticks", (status) => publishedOf(status) > 6000)
  desk.fronts.primary.child.kill("SIGKILL")
  await desk.fronts.primary.ended
  await daemon.until("ticks without it", (status) => publishedOf(status) > publishedOf(before) + 6000)
  const back = await desk.startFront(desk.fronts.primary.port)
  await daemon.until("both again", ({ sessions }) => sessions.every(({ state }) => state === "streaming"))
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
  const stored = await desk.stored()
  expect(checkAgainstMarket(desk.plan, stored)).toBe(ledger.reduce((sum, { published }) => sum + published, 0))
  back.child.kill("SIGTERM")
})

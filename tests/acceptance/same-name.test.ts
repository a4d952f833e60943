// A copied environment file must not rob the daemon that writes, and a stream whose writer has gone must not stay
// without one.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { endCommands, logLines, stateFolder } from "../support/cli-process.ts"
import { checkAgainstMarket } from "../support/market-oracle.ts"
import { readStream } from "../support/nats-server.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

const folders = [stateFolder(), stateFolder(), stateFolder(), stateFolder()]
let handler: Awaited<ReturnType<typeof makeTwoFeeds>>

beforeAll(async () => {
  handler = await makeTwoFeeds(folders[0]?.path ?? "", { instruments: 60, rate: 600 })
  handler.startBroker()
})
afterAll(async () => {
  await endCommands()
  for (const folder of folders) folder.remove()
})

type Running = Awaited<ReturnType<(typeof handler)["startDaemon"]>>

/** A daemon with the common name and its own state folder. */
const start = (at: number, more: Readonly<Record<string, string>> = {}) =>
  handler.startDaemon({ TICKD_STATE_DIR: folders[at]?.path ?? "", ...more })
const writes = (daemon: Running, more: number) =>
  daemon.status().then(({ ledger }) => {
    const before = ledger.reduce((sum, { published }) => sum + published, 0)
    return daemon.until("ticks", (status) => publishedOf(status) > before + more)
  })
const takesBack = (daemon: Running, epoch: number) =>
  daemon.until("the stream back", ({ broker }) => broker.link === "up" && broker.epoch === epoch)

it("U1: a second daemon of the same name is refused; a fenced one takes the stream back, and nothing is lost or doubled", async () => {
  const first = await start(1)
  await first.until("ticks", (status) => publishedOf(status) > 1000)

  const thief = await start(2)
  const refused = await thief.ended
  expect(refused.code).toBe(69)
  expect(refused.stderr).toMatch(/MD_TICKS has a running writer, tickd acceptance on .*\[WRITER_ACTIVE\]/)
  expect(logLines(refused.stdout).some(({ event }) => event === "epoch_taken")).toBe(false)
  expect((await writes(first, 300)).broker).toMatchObject({ link: "up", epoch: 1 })

  // An operator may force it; then one is stopped, and then one is killed.
  const second = await start(2, { TICK_TAKE_OVER: "1" })
  await first.until("the fence", ({ broker }) => broker.link === "fenced")
  await second.until("ticks", (status) => publishedOf(status) > 1500)
  const markMs = Date.now()
  second.child.kill("SIGTERM")
  expect((await second.ended).code).toBe(0)
  await takesBack(first, 3)
  await writes(first, 1500)

  // From here on the stream is taken by force again.
  const forcedMs = Date.now()
  const third = await start(3, { TICK_TAKE_OVER: "1" })
  await first.until("the fence again", ({ broker }) => broker.link === "fenced")
  await third.until("ticks", (status) => publishedOf(status) > 1500)
  const killedMs = Date.now()
  third.child.kill("SIGKILL")
  await third.ended
  await takesBack(first, 5)
  await writes(first, 1500)

  first.child.kill("SIGTERM")
  const end = await first.ended
  expect(end.code, end.stderr).toBe(0)
  const log = logLines(end.stdout)
  expect(log.filter(({ event }) => event === "stream_taken_back").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^tickd acceptance on .* has released it: this daemon writes MD_TICKS again, epoch 3\.$/),
    expect.stringMatching(/has not renewed its lease for 5000 ms: this daemon writes MD_TICKS again, epoch 5\.$/)
  ])
  const ledger = log.findLast(({ event }) => event === "ledger")?.["ledger"] as ReadonlyArray<{ balanced: boolean }>
  expect(ledger.every(({ balanced }) => balanced)).toBe(true)
  const audited = readFileSync(join(folders[1]?.path ?? "", "audit.jsonl"), "utf8")
  expect(audited.match(/"verb":"take-back"/g)).toHaveLength(2)
  const events = await Effect.runPromise(Effect.scoped(readStream(handler.nats, "MD_EVENTS")))
  expect(events.filter(({ text }) => text.includes('"verb":"take-back"'))).toHaveLength(2)

  // From a second before each end to eight seconds after it: the lease, and the ticks while it ran out. After a
  // forced take-over ticks may be missing; after a release and a take-back none is missing, and none is doubled.
  const stored = await handler.stored()
  const windows = [
    [markMs - 1000, Math.min(markMs + 8000, forcedMs)],
    [killedMs - 1000, killedMs + 8000]
  ] as const
  for (const [fromMs, toMs] of windows) {
    const around = stored.filter(({ recv_ts: receivedMs }) => Number(receivedMs) >= fromMs && Number(receivedMs) < toMs)
    expect(checkAgainstMarket(handler.plan, around)).toBe(around.length)
  }
}, 180_000)

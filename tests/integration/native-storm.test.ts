// An old library against a broken front reports 700 pairs a second: the session must see the last state, not drown in
// them.
import { afterEach, assert, beforeAll, it } from "vitest"
import { TestFront } from "../support/native-front.ts"
import { buildNative, makeRing, RingLog, simLibrary, until, WorkerYard } from "../support/native-worker.ts"

beforeAll(buildNative, 120_000)
const yard = new WorkerYard()
const fronts: Array<TestFront> = []
afterEach(() => {
  yard.stopAll()
  for (const front of fronts.splice(0)) front.close()
})

/** Breaks the first `breaks` connections with garbage, as fast as the library reconnects; later ones stay up. */
const storm = async (breaks: number) => {
  const front = await TestFront.open()
  fronts.push(front)
  front.onConnect = (socket) => {
    if (front.connections <= breaks) socket.write(Buffer.from([0, 0, 0, 0, 0, 0]))
  }
  const log = new RingLog(makeRing(1024))
  const started = Date.now()
  yard.start(log, { front: front.address, library: simLibrary("63"), env: { TICKD_SIM_RECONNECT_MS: "0" } })
  return { front, log, started }
}

/** Delivered and folded events of each kind. */
const totals = (log: RingLog) => {
  const { coalescedConnects, coalescedDisconnects } = log.ring.counters()
  return [log.of("connected").length + coalescedConnects, log.of("disconnected").length + coalescedDisconnects]
}

it("folds a storm into a few events, loses no count, and ends with the CONNECTED that lasts", async () => {
  const { front, log, started } = await storm(700)
  await until("the storm's end", () => front.connections === 701)
  const windows = (Date.now() - started) / 100
  await until("the last CONNECTED", () => log.events.at(-1)?.kind === "connected" && totals(log)[0] === 701)
  assert.deepStrictEqual(totals(log), [701, 700])
  const seen = log.of("connected").length + log.of("disconnected").length
  assert.isBelow(seen, 8 + 4 * windows)
  assert.isBelow(seen, 1401)
  assert.isAbove(log.ring.counters().coalescedConnects, 0)
  // A CONNECTED contains the events that were folded into it.
  assert.strictEqual(
    log.of("connected").reduce((sum, one) => sum + one.folded, 0),
    log.ring.counters().coalescedConnects
  )
  // A link that was lost and found between two reports must show as lost: the session has to log in again.
  const links = log.events.filter((one) => one.kind === "connected" || one.kind === "disconnected")
  for (let i = 1; i < links.length; i++) {
    assert.isFalse(links[i]?.kind === "connected" && links[i - 1]?.kind === "connected")
  }
})

it("ends with DISCONNECTED when the front stays away, though nothing comes after it", async () => {
  const { front, log } = await storm(1_000_000)
  await until("a storm", () => front.connections > 200)
  front.close()
  await until("the last state", () => {
    const [up, down] = totals(log)
    return up === down && log.events.at(-1)?.kind === "disconnected"
  })
  const before = totals(log)
  await new Promise((resume) => setTimeout(resume, 300))
  assert.deepStrictEqual(totals(log), before)
  assert.strictEqual(log.events.at(-1)?.kind, "disconnected")
})

it("keeps the last state through a ring that is full", async () => {
  const front = await TestFront.open()
  fronts.push(front)
  const log = new RingLog(makeRing(128))
  const worker = yard.start(log, { front: front.address, env: { TICKD_SIM_RECONNECT_MS: "50" }, manual: true })
  await until("connection", () => front.sockets.size === 1)
  // Fill every slot with return codes (not logged in, so nothing else arrives).
  for (let i = 0; i < 200; i++) worker.send("logout", "b", "u")
  await until("a full ring", () => log.ring.head() === 128 && log.ring.counters().dropControl > 0)
  for (const socket of front.sockets) socket.destroy()
  await until("reconnection", () => front.connections === 2)
  await new Promise((resume) => setTimeout(resume, 300))
  log.drain()
  await until("the held events", () => (log.drain(), log.of("connected").length === 2))
  assert.deepStrictEqual(
    log.events.filter((one) => one.kind === "connected" || one.kind === "disconnected").map((one) => one.kind),
    ["connected", "disconnected", "connected"]
  )
})

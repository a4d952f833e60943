// The ledger stands on the ring: a tick that is lost must be counted, and a worker's death must cost nothing it had
// received.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterEach, assert, beforeAll, describe, it } from "vitest"
import { controlKind, slot } from "../../src/market/adapters/ctp/ring-layout.ts"
import { frame, frameType, TestFront, ticksFrame, wireTick } from "../support/native-front.ts"
import { buildNative, makeRing, RingLog, until, WorkerYard } from "../support/native-worker.ts"

beforeAll(buildNative, 120_000)
const yard = new WorkerYard()
afterEach(() => yard.stopAll())

const ids = ["rb0001", "rb0002", "rb0003"]
/** A worker with the library's own market, logged in and subscribed. */
const onBench = async (log: RingLog, bench: string, env: Record<string, string> = {}, manual = false) => {
  const before = { connects: log.of("connected").length, head: log.ring.head() }
  const worker = yard.start(log, { front: bench, env, manual })
  // By hand nothing is decoded, so READY and CONNECTED are counted.
  const connected = () => (manual ? log.ring.head() >= before.head + 2 : log.of("connected").length > before.connects)
  await until("connected", connected)
  worker.send("login", "b", "u", "p")
  worker.send("subscribe", ...ids)
  return worker
}

/** ready, connected, login and its return, three subscribed and their return, three symbols. */
const onBenchEvents = 11

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe("full ring", () => {
  it("drops the newest tick, counts it, burns its number, and still passes control events", async () => {
    const log = new RingLog(makeRing(256))
    const worker = await onBench(log, "bench://3:20000:1000:1000", {}, true)
    await until("all ticks made", () => log.ring.counters().ticks === 1000)
    const { dropTicks, firstDropSeq, lastDropSeq } = log.ring.counters()
    const kept = 1000 - dropTicks
    await until(
      "the return of subscribe, which may come behind the ticks",
      () => log.ring.head() === kept + onBenchEvents
    )
    const used = log.ring.head()
    assert.include([256 - 64, 256 - 64 + 1], used)
    worker.send("unsubscribe", "rb0001")
    worker.send("logout", "b", "u")
    await until("answers in the reserve", () => log.ring.head() === used + 4)
    log.drain()
    assert.deepStrictEqual(log.seqs(), range(1, kept))
    assert.deepStrictEqual([dropTicks, firstDropSeq, lastDropSeq], [1000 - kept, kept + 1, 1000])
    assert.strictEqual(log.of("unsubscribed").length, 1)
    assert.strictEqual(log.of("logout").length, 1)
    assert.strictEqual(log.ring.counters().dropControl, 0)
  })

  it("counts control events that find no slot at all", async () => {
    const log = new RingLog(makeRing(128))
    const worker = await onBench(log, "bench://3:20000:1000:1000", {}, true)
    await until("all ticks made", () => log.ring.counters().ticks === 1000)
    for (let i = 0; i < 60; i++) worker.send("logout", "b", "u")
    // 60 returns and 60 answers need the slots that ticks and earlier events left.
    const kept = 1000 - log.ring.counters().dropTicks
    await until("drops", () => log.ring.counters().dropControl === kept + onBenchEvents + 120 - 128)
    assert.strictEqual(log.ring.head(), 128)
  })

  it("accounts for every tick of a flood that the reader cannot follow", async () => {
    const log = new RingLog(makeRing(1024))
    await onBench(log, "bench://3:2000000:300000:50000")
    await until("all ticks made", () => log.ring.counters().ticks === 300_000)
    await until("ring empty", () => (log.drain(), log.ring.head() === log.ring.tail()))
    const { dropTicks } = log.ring.counters()
    assert.isAbove(dropTicks, 0)
    assert.strictEqual(log.ticks.length + dropTicks, 300_000)
    const seqs = log.seqs()
    for (let i = 1; i < seqs.length; i++) assert.isAbove(seqs[i] as number, seqs[i - 1] as number)
  })

  it("loses nothing at full speed when the source waits for room, over a head of 2^32", async () => {
    const log = new RingLog(makeRing(256, 2 ** 32 - 5000))
    await onBench(log, "bench://3:0:20000")
    await until("all ticks", () => log.ticks.length === 20_000)
    assert.deepStrictEqual(log.seqs(), range(1, 20_000))
    assert.isAbove(log.ring.head(), 2 ** 32)
    assert.strictEqual(log.ring.counters().dropTicks, 0)
  })

  it("gives a new instrument two slots or none", async () => {
    const front = await TestFront.open()
    const log = new RingLog(makeRing(128))
    yard.start(log, { front: front.address, manual: true })
    // The library may have reported its connection before this process accepted it.
    await until("connection", () => log.ring.head() === 2 && front.sockets.size === 1)
    const tick = (instrumentId: string) => wireTick({ instrumentId })
    // Two events, one symbol, 60 ticks: one slot is left for ticks.
    front.send(ticksFrame([...range(1, 60).map(() => tick("old")), tick("new"), tick("old")]))
    await until("all ticks", () => log.ring.counters().ticks === 62)
    assert.deepInclude(log.ring.counters(), { dropTicks: 1, firstDropSeq: 61 })
    assert.strictEqual(log.ring.head(), 128 - 64)
    log.drain()
    assert.deepStrictEqual(
      log.of("symbol").map((one) => one.instrumentId),
      ["old"]
    )
    front.send(ticksFrame([tick("new")]))
    await until("the next tick", () => log.ring.head() > log.ring.tail())
    await until("symbol and tick", () => (log.drain(), log.order.length === 66))
    assert.deepStrictEqual(log.order.slice(-2), [controlKind.symbol, controlKind.tick])
    front.close()
  })

  it("holds a replay without a clock back (PACE), and no other", async () => {
    const front = (await TestFront.open()).friendly()
    const log = new RingLog(makeRing(128))
    yard.start(log, { front: front.address, manual: true })
    await until("connection", () => front.sockets.size === 1)
    front.send(frame(frameType.pace, 1))
    const rows = range(1, 500).map((volume) => wireTick({ instrumentId: `i${volume}`, volume }))
    front.send(ticksFrame(rows))
    await until("half of them", () => log.ring.counters().ticks > 10)
    await new Promise((resume) => setTimeout(resume, 100))
    assert.isBelow(log.ring.counters().ticks, 64)
    await until("all of them", () => (log.drain(), log.ticks.length === 500))
    assert.strictEqual(log.ring.counters().dropTicks, 0)
    // A new instrument's SYMBOL comes right before its first tick.
    const symbols = log.order.flatMap((number, i) => (number === controlKind.symbol ? [log.order[i + 1]] : []))
    assert.deepStrictEqual(
      symbols,
      Array.from({ length: 500 }, () => controlKind.tick)
    )
    front.send(frame(frameType.pace, 0))
    front.send(ticksFrame(rows))
    await until("the second lot", () => log.ring.counters().ticks === 1000)
    assert.isAbove(log.ring.counters().dropTicks, 0)
    front.close()
  })
})

describe("takeover", () => {
  it.each([
    ["SIGSEGV in the callback", { TICKD_SIM_CRASH_AFTER: "100" }, "SIGSEGV"],
    ["SIGKILL", {}, "SIGKILL"]
  ])("after %s: what the ring held is read and the numbers go on", async (_, env: Record<string, string>, signal) => {
    const log = new RingLog(makeRing(1024))
    const first = await onBench(log, "bench://3:100:0:100", env, true)
    await until("100 ticks", () => log.ring.counters().ticks >= 100)
    if (signal === "SIGKILL") first.child.kill("SIGKILL")
    assert.deepStrictEqual(await first.exited, { code: null, signal })
    const held = log.ring.counters()
    log.drain()
    assert.strictEqual(log.ticks.length, held.ticks)
    assert.strictEqual(held.pid, first.child.pid)

    const second = await onBench(log, "bench://3:100:0:100")
    await until("more ticks", () => log.ticks.length >= held.ticks + 100)
    assert.deepStrictEqual(log.seqs(), range(1, log.ticks.length))
    assert.strictEqual(log.ring.counters().pid, second.child.pid)
    assert.notStrictEqual(log.ring.counters().epoch, held.epoch)
    // The new worker numbers its instruments anew, after its own READY.
    assert.deepStrictEqual(
      log.of("symbol").map((one) => one.sym),
      [1, 2, 3, 1, 2, 3]
    )
  })

  it("repairs the counters of a worker that died between two stores", async () => {
    const { header } = await import("../../src/market/adapters/ctp/ring-layout.ts")
    const died = (stored: bigint, ticks: bigint, lastDrop: bigint, dropped: bigint) => {
      const { ring } = new RingLog(makeRing(128))
      const at = ring.slotOffset(0)
      ring.u64[(at + slot.seq) / 8] = stored
      ring.u32[(at + slot.kind) / 4] = controlKind.tick
      ring.u64[header.head / 8] = 1n
      ring.u64[header.ticks / 8] = ticks
      ring.u64[header.lastDropSeq / 8] = lastDrop
      ring.u64[header.firstDropSeq / 8] = lastDrop
      ring.u64[header.dropTicks / 8] = dropped
      return new RingLog(ring)
    }
    const cases = [
      { log: died(5n, 4n, 0n, 0n), ticks: 5, dropTicks: 0, lastDropSeq: 0 }, // published, not yet counted
      { log: died(5n, 6n, 0n, 0n), ticks: 6, dropTicks: 1, lastDropSeq: 6 }, // numbered, neither stored nor dropped
      { log: died(5n, 6n, 6n, 1n), ticks: 6, dropTicks: 1, lastDropSeq: 6 } // whole
    ]
    for (const { log, ...expected } of cases) {
      yard.start(log, {})
      await until("ready", () => log.of("ready").length === 1)
      assert.deepInclude(log.ring.counters(), expected)
    }
  })
})

describe("memory", () => {
  it("says that /dev/shm is full when the ring is made, not when it is used", (context) => {
    const ring = fileURLToPath(new URL("../../src/market/adapters/ctp/shared-ring.ts", import.meta.url))
    const effect = import.meta.resolve("effect")
    const program = `import { Effect } from ${JSON.stringify(effect)}; const { createRing } = await import(${JSON.stringify(ring)});
      console.log(JSON.stringify(await Effect.runPromise(Effect.flip(createRing({ capacity: 65536 })))))`
    const small = `mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$0" --input-type=module -e "$1"`
    const run = spawnSync("unshare", ["-rm", "sh", "-c", small, process.execPath, program], { encoding: "utf8" })
    if (!run.stdout.includes("RingError")) return context.skip(`no mount namespace here: ${run.stderr.split("\n")[0]}`)
    const error = JSON.parse(run.stdout) as { code: string; message: string }
    assert.strictEqual(error.code, "RING_SHM_FULL")
    assert.match(error.message, /^\/dev\/shm cannot hold a ring of 20\.0 MiB/)
  })
})

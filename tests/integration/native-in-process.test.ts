// Tests and measurements load the same shim into Node: it must behave as in the worker and never wait for JavaScript.
import { Effect } from "effect"
import { afterEach, assert, beforeAll, it } from "vitest"
import { openInProcess } from "../../src/market/adapters/ctp/in-process-shim.ts"
import {
  buildNative,
  makeRing,
  nativeFile,
  RingLog,
  simLibrary,
  until,
  usualLibrary,
  WorkerYard
} from "../support/native-worker.ts"

beforeAll(buildNative, 120_000)
const yard = new WorkerYard()
afterEach(() => yard.stopAll())

const open = (log: RingLog, front: string, library = usualLibrary, flow = yard.folder()) =>
  openInProcess({ shim: nativeFile("libtickd_shim.so"), library, flow, fronts: [front], ring: log.ring })

it("logs in, subscribes, receives while JavaScript is busy, redials and closes", async () => {
  const log = new RingLog(makeRing(65_536))
  const session = await Effect.runPromise(open(log, "bench://2:10000:0"))
  await until("connected", () => (log.drain(), log.of("connected").length === 1))
  await Effect.runPromise(session.login("9999", "user", "secret"))
  await Effect.runPromise(session.subscribe(["rb0001", "rb0002"]))
  await until("ticks", () => (log.drain(), log.ticks.length > 10))
  const before = log.ring.counters().ticks
  for (const end = Date.now() + 300; Date.now() < end; );
  // The vendor's thread went on while this one was blocked.
  assert.isAbove(log.ring.counters().ticks, before + 500)
  await Effect.runPromise(session.unsubscribe(["rb0001"]))
  await Effect.runPromise(session.redial)
  await until("second connection", () => (log.drain(), log.of("connected").length === 2))
  await Effect.runPromise(session.logout("9999", "user"))
  await Effect.runPromise(session.close)
  await Effect.runPromise(session.close)
  const after = log.ring.counters().ticks
  log.drain()
  assert.deepStrictEqual(
    log.seqs(),
    Array.from({ length: after }, (_, i) => i + 1)
  )
  assert.isTrue(log.ring.counters().closed)
  const refused = await Effect.runPromise(Effect.flip(session.login("9999", "user", "secret")))
  assert.strictEqual(refused.code, "SHIM_COMMAND")
})

it("opens again on the same flow folder after close, and refuses what the worker refuses", async () => {
  const flow = yard.folder()
  for (let i = 0; i < 2; i++) {
    const session = await Effect.runPromise(open(new RingLog(makeRing()), "bench://1:1:0", simLibrary("63"), flow))
    await Effect.runPromise(session.close)
  }
  const log = new RingLog(makeRing())
  const version = await Effect.runPromise(Effect.flip(open(log, "tcp://127.0.0.1:1", simLibrary("unknown"))))
  assert.deepStrictEqual([version.code, version.exitCode], ["SHIM_VERSION", 66])
  assert.include(version.message, "v9.9.9_tickd_sim")
  const library = await Effect.runPromise(Effect.flip(open(log, "tcp://127.0.0.1:1", "/nowhere.so")))
  assert.deepStrictEqual([library.code, library.exitCode], ["SHIM_LIBRARY", 65])
})

// The families of the vendor's interface differ in slots and sizes: a wrong table calls into nowhere or shifts prices.
import { afterEach, assert, beforeAll, describe, it } from "vitest"
import { slot } from "../../src/market/adapters/ctp/ring-layout.ts"
import { commandLine } from "../../src/protocol/control/worker-command.ts"
import { frame, frameType, TestFront, ticksFrame, wireTick } from "../support/native-front.ts"
import {
  buildNative,
  makeRing,
  RingLog,
  simLibrary,
  until,
  usualLibrary,
  WorkerYard
} from "../support/native-worker.ts"

beforeAll(buildNative, 120_000)
const yard = new WorkerYard()
const fronts: Array<TestFront> = []
const openFront = async () => {
  const front = await TestFront.open()
  fronts.push(front)
  return front
}
afterEach(() => {
  yard.stopAll()
  for (const front of fronts.splice(0)) front.close()
})

/** A worker that is logged in and subscribed to `ids`. */
const subscribed = async (library: string, ids: ReadonlyArray<string>) => {
  const front = (await openFront()).friendly()
  const log = new RingLog(makeRing())
  const worker = yard.start(log, { front: front.address, library })
  await until("connected", () => log.of("connected").length === 1)
  worker.send("login", "9999", "user", "secret")
  await until("login", () => log.of("login").length === 1)
  worker.send("subscribe", ...ids)
  await until("subscribed", () => log.of("subscribed").length === ids.length)
  return { front, log, worker }
}

const wideId = "SPC a2501-C-3000&a2505-P-30000" // 30 bytes: the longest that the 6.3 field has room for
const longId = `${wideId}x` // fills it without a NUL, as a tick may

describe.each([
  ["63", 63, "v6.3.11_tickd_sim"],
  ["6315", 6315, "v6.3.15_P2_tickd_sim"],
  ["65", 65, "v6.7.11_tickd_sim"],
  ["651", 65, "v6.5.1_tickd_sim"]
])("library %s", (variant, family, version) => {
  it("logs in, subscribes and passes every field of a tick unchanged", async () => {
    const { front, log } = await subscribed(simLibrary(variant), ["rb2701", wideId])
    assert.deepInclude(log.of("ready")[0], { family, apiVersion: version })
    assert.deepInclude(log.of("login")[0], {
      errorId: 0,
      tradingDay: "20261123",
      loginTime: "09:00:01",
      systemName: "test front"
    })
    assert.deepStrictEqual(
      log.of("subscribed").map(({ instrumentId, errorId }) => [instrumentId, errorId]),
      [
        ["rb2701", 0],
        [wideId, 0]
      ]
    )
    assert.deepStrictEqual(
      log.of("returned").map(({ method, code }) => [method, code]),
      [
        ["login", 0],
        ["subscribe", 0]
      ]
    )
    const [login] = front.of(frameType.login)
    assert.deepStrictEqual(login?.strings(4), ["9999", "user", "secret"])
    const [hello] = front.of(frameType.hello)
    assert.deepStrictEqual(
      [hello?.body.readInt32LE(0), hello?.body.readInt32LE(4), ...(hello?.strings(8) ?? [])],
      [1, family, version]
    )

    // Doubles by their struct offset, numbered so that any swap shows; a missing one stays DBL_MAX.
    const structOffsets = [80, 88, 96, 104, 112, 120, 128, 144, 152, 168, 176, 184, 192, 200, 384]
    const doubles = Object.fromEntries(structOffsets.map((at) => [at, at + 0.25]))
    const integers: Record<number, number> = {}
    for (let level = 0; level < 5; level++) {
      doubles[224 + 32 * level] = 3000 - level
      doubles[240 + 32 * level] = 3001 + level
      integers[232 + 32 * level] = 10 + level
      integers[248 + 32 * level] = 20 + level
    }
    const common = {
      tradingDay: "20261123",
      actionDay: "20261120",
      updateTime: "21:05:07",
      updateMs: 500,
      volume: 123_456
    }
    front.send(
      ticksFrame([
        wireTick({ instrumentId: "rb2701", ...common, doubles, integers }),
        wireTick({ instrumentId: longId, exchangeId: "CZCE", updateTime: "25:00:00", tradingDay: "2026112x" }),
        wireTick({ instrumentId: "rb2701", exchangeId: "XYZ", updateTime: "9:00" })
      ])
    )
    await until("three ticks", () => log.ticks.length === 3)
    const [first, second, third] = log.ticks as [DataView, DataView, DataView]
    const int = (tick: DataView, at: number) => tick.getInt32(at, true)
    const f64 = (tick: DataView, at: number) => tick.getFloat64(at, true)
    assert.deepStrictEqual(
      log.of("symbol").map(({ sym, instrumentId }) => [sym, instrumentId]),
      [
        [1, "rb2701"],
        [2, longId]
      ]
    )
    assert.deepStrictEqual(log.seqs(), [1, 2, 3])
    assert.deepStrictEqual(
      [slot.sym, slot.tradingDay, slot.actionDay, slot.updateSec, slot.updateMs, slot.volume, slot.aux].map((at) =>
        int(first, at)
      ),
      [1, 20_261_123, 20_261_120, 21 * 3600 + 5 * 60 + 7, 500, 123_456, 0]
    )
    // The slot's order leaves out Volume and puts the closing price (160, absent here) between 152 and 168.
    const inSlotOrder = [80, 88, 96, 104, 112, 120, 128, 144, 152, 160, 168, 176, 184, 192, 200, 384]
    assert.deepStrictEqual(
      inSlotOrder.map((_, i) => f64(first, slot.last + 8 * i)),
      inSlotOrder.map((at) => (at === 160 ? Number.MAX_VALUE : at + 0.25))
    )
    assert.deepStrictEqual(
      [f64(first, slot.bandUpper), f64(first, slot.bandLower)],
      [Number.MAX_VALUE, Number.MAX_VALUE]
    )
    for (let level = 0; level < 5; level++) {
      assert.deepStrictEqual(
        [
          f64(first, slot.bidPrice + 8 * level),
          f64(first, slot.askPrice + 8 * level),
          int(first, slot.bidVolume + 4 * level),
          int(first, slot.askVolume + 4 * level)
        ],
        [3000 - level, 3001 + level, 10 + level, 20 + level]
      )
    }
    assert.deepStrictEqual(
      [slot.sym, slot.tradingDay, slot.actionDay, slot.updateSec, slot.aux].map((at) => int(second, at)),
      [2, -1, 0, -2, 3]
    )
    assert.deepStrictEqual(
      [slot.sym, slot.tradingDay, slot.updateSec, slot.aux].map((at) => int(third, at)),
      [1, 0, -2, 255]
    )
    assert.strictEqual(f64(third, slot.last), Number.MAX_VALUE)
    const receivedMs = Number(first.getBigInt64(slot.recvNs, true) / 1_000_000n)
    assert.closeTo(receivedMs, Date.now(), 60_000)
    assert.deepInclude(log.ring.counters(), { ticks: 3, dropTicks: 0, dropControl: 0, apiVersion: version })
  })

  it("V1: passes an error of the front, a refused login and an end of subscription, and ticks after them", async () => {
    const { front, log, worker } = await subscribed(simLibrary(variant), ["rb2701"])
    front.send(frame(frameType.errorRsp, 4, 90, "not ready"))
    front.send(frame(frameType.loginRsp, 5, 3, "not you", "", "", ""))
    worker.send("unsubscribe", "rb2701")
    await until("an end of subscription", () => log.of("unsubscribed").length === 1)
    worker.send("logout", "9999", "user")
    front.send(ticksFrame([wireTick({ instrumentId: "rb2701", updateTime: "21:05:07" })]))
    await until("a tick", () => log.ticks.length === 1)
    assert.deepInclude(log.of("error")[0], { errorId: 90, message: "not ready" })
    assert.deepInclude(log.of("login")[1], { errorId: 3, message: "not you" })
    assert.deepInclude(log.of("unsubscribed")[0], { instrumentId: "rb2701", errorId: 0 })
    assert.strictEqual(log.ticks[0]?.getInt32(slot.updateSec, true), 21 * 3600 + 5 * 60 + 7)
    assert.strictEqual(worker.child.exitCode, null)
  })
})

describe("what no library can take", () => {
  it.each([
    ["63", 30],
    ["6315", 30],
    ["65", 80]
  ] as const)("V10: an id wider than the field of family %s is answered by name, the others are asked for", async (variant, most) => {
    const { front, log, worker } = await subscribed(simLibrary(variant), ["rb2701"])
    const fits = "x".repeat(most)
    worker.send("subscribe", `${fits}y`, fits, `${fits}zz`)
    await until("three answers", () => log.of("subscribed").length === 4)
    assert.deepStrictEqual(
      log
        .of("subscribed")
        .slice(1)
        .map(({ instrumentId, errorId, message }) => [instrumentId, errorId, message]),
      [
        [`${fits}y`, -100, "the id is longer than the field of this library"],
        [`${fits}zz`, -100, "the id is longer than the field of this library"],
        [fits, 0, ""]
      ]
    )
    assert.deepStrictEqual(front.of(frameType.subscribe)[1]?.strings(4), [fits])
  })

  it("V10: a login that is wider than its field is not sent, and nothing of it is", async () => {
    const { front, log, worker } = await subscribed(usualLibrary, ["rb2701"])
    for (const fields of [
      ["b".repeat(11), "u", "p"],
      ["b", "u".repeat(16), "p"],
      ["b", "u", "p".repeat(41)]
    ]) {
      worker.send("login", ...fields)
    }
    worker.send("logout", "b", "u".repeat(16))
    worker.send("login", "b".repeat(10), "u".repeat(15), "p".repeat(40))
    await until("the last login", () => log.of("login").length === 2)
    assert.deepStrictEqual(
      log
        .of("returned")
        .slice(2)
        .map(({ method, code }) => [method, code]),
      [...["login", "login", "login", "logout"].map((method) => [method, -100]), ["login", 0]]
    )
    assert.deepStrictEqual(front.of(frameType.login)[1]?.strings(4), ["b".repeat(10), "u".repeat(15), "p".repeat(40)])
    assert.strictEqual(front.of(frameType.login).length, 2)
  })

  it("V11: data cannot split a command: a control character stays in its field and is refused there, by name", async () => {
    const { front, log, worker } = await subscribed(usualLibrary, ["rb2701"])
    const send = (...fields: ReadonlyArray<string>) => worker.child.stdin?.write(`${commandLine(fields)}\n`)
    const ids = ["aa\nclose", "bb\tIF2612", "cc\0dd", "ee\u007f"]
    send("subscribe", ...ids, "back\\slash", "\\n")
    await until("six answers", () => log.of("subscribed").length === 7)
    send("login", "9999", "us\ter", "secret")
    send("login", "9999", "user", "sec\nclose\nret")
    send("login", "9999", "user", "sec\\ret")
    await until("the last login", () => log.of("login").length === 2)
    const answers = log.of("subscribed").slice(1)
    assert.deepStrictEqual(
      answers.map(({ instrumentId, errorId }) => [instrumentId, errorId]),
      [
        ["aa\nclose", -101],
        ["bb\tIF2612", -101],
        ["cc", -101], // the ring's texts end at a NUL
        ["ee\u007f", -101],
        ["back\\slash", 0],
        ["\\n", 0]
      ]
    )
    assert.deepStrictEqual(
      log
        .of("returned")
        .slice(3)
        .map(({ code }) => code),
      [-101, -101, 0]
    )
    assert.deepStrictEqual(front.of(frameType.subscribe)[1]?.strings(4), ["back\\slash", "\\n"])
    assert.deepStrictEqual(front.of(frameType.login)[1]?.strings(4), ["9999", "user", "sec\\ret"])
    assert.strictEqual(worker.child.exitCode, null)
  })
})

describe("session", () => {
  it("passes the banding prices of 6.6 and later, and none from 6.5 or 6.3", async () => {
    for (const [variant, banded] of [
      ["65", true],
      ["651", false],
      ["6315", false],
      ["63", false]
    ] as const) {
      const log = new RingLog(makeRing())
      const worker = yard.start(log, { front: "bench://2:1000:4", library: simLibrary(variant) })
      await until("connected", () => log.of("connected").length === 1)
      worker.send("login", "b", "u", "p")
      worker.send("subscribe", "rb0001", "rb0002", "rb0003")
      await until("4 ticks", () => log.ticks.length === 4)
      assert.deepStrictEqual(
        log.of("subscribed").map((one) => one.errorId),
        [0, 0, 16]
      )
      const tick = log.ticks[0] as DataView
      const upper = tick.getFloat64(slot.bandUpper, true)
      assert.strictEqual(upper, banded ? tick.getFloat64(slot.upperLimit, true) : Number.MAX_VALUE)
    }
  })

  it("reports -1 for a request before the link is up, and keeps the vendor's messages as raw GBK", async () => {
    const log = new RingLog(makeRing())
    const worker = yard.start(log, { front: "tcp://127.0.0.1:1" })
    await until("ready", () => log.of("ready").length === 1)
    worker.send("login", "b", "u", "p")
    await until("returned", () => log.of("returned").length === 1)
    assert.deepInclude(log.of("returned")[0], { method: "login", code: -1 })

    const front = await openFront()
    front.onFrame = ({ type, body }, socket) => {
      if (type !== frameType.login) return
      const message = Buffer.from([0xb2, 0xbb, 0xba, 0xcf, 0xb7, 0xa8, 0])
      socket.write(frame(frameType.loginRsp, body.readInt32LE(0), 3, message, "", "", ""))
      socket.write(frame(frameType.errorRsp, 0, 90, Buffer.from([0xb2, 0])))
    }
    const second = new RingLog(makeRing())
    const refused = yard.start(second, { front: front.address })
    await until("connected", () => second.of("connected").length === 1)
    refused.send("login", "b", "u", "p")
    await until("error", () => second.of("error").length === 1)
    assert.deepInclude(second.of("login")[0], { errorId: 3, message: "不合法" })
    assert.deepInclude(second.of("error")[0], { errorId: 90 })
  })

  it("takes 20,000 instruments in one line that arrives in pieces", async () => {
    const front = (await openFront()).friendly()
    const log = new RingLog(makeRing(65_536))
    const worker = yard.start(log, { front: front.address })
    await until("connected", () => log.of("connected").length === 1)
    const ids = Array.from({ length: 20_000 }, (_, i) => `m2701-C-${1000 + i}`)
    const line = Buffer.from(`subscribe\t${ids.join("\t")}\nunsubscribe\t${ids[7]}\n`)
    for (let at = 0; at < line.length; at += 50_001) worker.child.stdin?.write(line.subarray(at, at + 50_001))
    await until("unsubscribed", () => log.of("unsubscribed").length === 1)
    assert.deepStrictEqual(
      log.of("subscribed").map((one) => one.instrumentId),
      ids
    )
  })

  it("makes a new api on redial and keeps the numbers of ticks and instruments", async () => {
    const { front, log, worker } = await subscribed(usualLibrary, ["rb2701"])
    front.send(ticksFrame([wireTick({ instrumentId: "rb2701" })]))
    await until("first tick", () => log.ticks.length === 1)
    worker.send("redial")
    await until("second connection", () => log.of("connected").length === 2)
    worker.send("login", "9999", "user", "secret")
    await until("second login", () => log.of("login").length === 2)
    front.send(ticksFrame([wireTick({ instrumentId: "rb2701" })]))
    await until("second tick", () => log.ticks.length === 2)
    assert.deepStrictEqual(log.seqs(), [1, 2])
    assert.strictEqual(log.of("symbol").length, 1)
    assert.strictEqual(log.of("ready").length, 1)
    worker.send("close")
    assert.deepStrictEqual(await worker.exited, { code: 0, signal: null })
    // The library calls back once more in Release; a session that is being released ignores it.
    log.drain()
    assert.strictEqual(log.of("disconnected").length, 0)
  })

  it("V3: connects to nothing once it is released, says that there is no link, and dials again on redial", async () => {
    const front = await openFront()
    front.onConnect = (socket) => void socket.destroy()
    const log = new RingLog(makeRing())
    const worker = yard.start(log, { front: front.address, env: { TICKD_SIM_RECONNECT_MS: "1" } })
    await until("a storm of connects", () => front.connections > 20)
    worker.send("release")
    worker.send("login", "9999", "user", "secret")
    worker.send("release")
    await until("the answer", () => log.of("returned").length === 1)
    assert.deepInclude(log.of("returned")[0], { method: "login", code: -1 })
    const { connections } = front
    await new Promise((resume) => setTimeout(resume, 100))
    assert.isAtMost(front.connections - connections, 1)
    front.friendly().onConnect = () => {}
    const before = log.of("connected").length
    worker.send("redial")
    await until("a link that stands", () => log.of("connected").length > before)
    worker.send("login", "9999", "user", "secret")
    await until("a login", () => log.of("login").length === 1)
    worker.send("close")
    assert.deepStrictEqual(await worker.exited, { code: 0, signal: null })
  })

  it("ends a link with the vendor's reason: 0x1001 closed, 0x2003 bad message, 0x2001 silence", async () => {
    const front = await openFront()
    const bad = [
      Buffer.from([0xff, 0xff, 0xff, 0xff, 9]), // 4 GB
      frame(77),
      frame(frameType.ticks, 2, wireTick({ instrumentId: "x" })), // two announced, one there
      frame(frameType.loginRsp, 1, 0, Buffer.from("no NUL"))
    ]
    front.onConnect = (socket) => {
      const next = bad[front.connections - 1]
      if (next === undefined) socket.destroy()
      else socket.write(next)
      if (front.connections > bad.length) front.onConnect = () => {}
    }
    const log = new RingLog(makeRing())
    yard.start(log, {
      front: front.address,
      library: simLibrary("65"), // libraries of 6.3 give no warning of a missing heartbeat
      env: { TICKD_SIM_RECONNECT_MS: "150", TICKD_SIM_SILENCE_MS: "1600" }
    })
    await until("six ends", () => log.of("disconnected").length === bad.length + 2)
    const reasons = log.of("disconnected").map((one) => one.reason)
    assert.deepStrictEqual(reasons, [0x2003, 0x2003, 0x2003, 0x2003, 0x1001, 0x2001])
    assert.isAtLeast(log.of("heartbeatWarning").length, 1)
    assert.isAtLeast(front.of(frameType.heartbeat).length, 2)
  })
})

// The front stands in for a broker: what a library may ask, in any order and however broken, must be answered as one
// would.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import { startFront } from "../../src/simulator/front/front.ts"
import { frameType } from "../../src/simulator/front/front-frame.ts"
import type { FrontOptions } from "../../src/simulator/front/front-options.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { eventually, FrontClient, idOf, pause, textsOf, withFront } from "./front-client.ts"

const contracts = marketContracts(50)
const market: FrontOptions = { source: { type: "market", contracts, ratePerSecond: 400, bursts: false } }

vi.setConfig({ testTimeout: 60_000 })

describe("a session", () => {
  it.live("logs in, subscribes, gets its own ticks only, and logs out", () =>
    withFront({ ...market, tradingDay: "20261120" }, async (front, connect) => {
      const client = await connect().start(["rb2612", "IF2612", "stranger"])
      assert.strictEqual(front.address, `tcp://127.0.0.1:${front.port}`)
      assert.strictEqual((await client.frame(frameType.pace)).body.readUInt32LE(0), 0)
      const login = (await client.frame(frameType.loginRsp)).body
      assert.deepStrictEqual([login.readInt32LE(0), login.readInt32LE(4)], [1, 0])
      const [message, tradingDay, loginTime, system] = textsOf(login, 8)
      assert.deepStrictEqual([message, tradingDay, system], ["CTP:No Error", "20261120", "tickd front"])
      assert.match(loginTime ?? "", /^\d\d:\d\d:\d\d$/)
      const acks = (await client.frame(frameType.subscribeRsp)).body
      assert.strictEqual(acks.readUInt32LE(0), 3)
      assert.strictEqual(acks.toString("latin1", 4, 11), "rb2612\0")
      await client.until(() => client.ticks.length >= 40, "ticks")
      assert.deepStrictEqual(new Set(client.ticks.map(idOf)), new Set(["rb2612", "IF2612"]))
      assert.strictEqual(front.counts().subscribed, 3)
      client.subscribe(["IF2612"], frameType.unsubscribe)
      await client.frame(frameType.unsubscribeRsp)
      const before = client.ticks.length
      await client.until(() => client.ticks.length >= before + 20, "more ticks")
      assert.deepStrictEqual(new Set(client.ticks.slice(before).map(idOf)), new Set(["rb2612"]))
      client.logout()
      assert.strictEqual((await client.frame(frameType.logoutRsp)).body.readInt32LE(4), 0)
      const after = client.ticks.length
      await pause(100)
      assert.strictEqual(client.ticks.length, after)
    })
  )

  it.live("refuses subscriptions and ticks before login, with error 6 for each instrument", () =>
    withFront(market, async (front, connect) => {
      const client = connect()
      client.hello()
      client.subscribe(["rb2612"])
      const { body } = await client.frame(frameType.subscribeRsp)
      assert.strictEqual(body.readInt32LE(4 + 7), 6)
      assert.deepStrictEqual(textsOf(body, 4 + 7 + 4), ["CTP:还没有登录"])
      client.logout()
      assert.strictEqual((await client.frame(frameType.logoutRsp)).body.readInt32LE(4), 6)
      await pause(100)
      assert.strictEqual(client.ticks.length, 0)
      assert.strictEqual(front.counts().logins, 0)
    })
  )

  it.live("acknowledges 20,000 instruments in frames of 1,000", () =>
    withFront(market, async (_front, connect) => {
      const client = await connect().start([])
      client.subscribe(Array.from({ length: 20_000 }, (_, i) => `option-with-a-long-code-${i}`))
      await client.frame(frameType.subscribeRsp, 20)
      assert.strictEqual(
        client.of(frameType.subscribeRsp).reduce((sum, { body }) => sum + body.readUInt32LE(0), 0),
        20_000
      )
    })
  )

  it.live("gives two sessions of one front the very same ticks", () =>
    withFront(market, async (_front, connect) => {
      const ids = contracts.map(({ id }) => id)
      const [first, second] = [await connect().start(ids), await connect().start(ids)]
      await second.until(() => second.ticks.length >= 100, "ticks")
      const known = new Set(first.ticks.map((tick) => tick.toString("latin1")))
      for (const tick of second.ticks.slice(0, 50)) assert.isTrue(known.has(tick.toString("latin1")))
    })
  )

  it.live("gets its share only when another session subscribes to more", () =>
    withFront(market, async (_front, connect) => {
      const all = await connect().start(contracts.map(({ id }) => id))
      const one = await connect().start(["rb2612"])
      await one.until(() => one.ticks.length >= 10, "ticks")
      assert.deepStrictEqual(new Set(one.ticks.map(idOf)), new Set(["rb2612"]))
      assert.isAbove(new Set(all.ticks.map(idOf)).size, 20)
    })
  )

  it.live("is closed and counted when it breaks the protocol, and the front lives on", () =>
    withFront(market, async (front, connect) => {
      const breaks: ReadonlyArray<(client: FrontClient) => void> = [
        (client) => client.login(),
        (client) => client.hello(2),
        (client) => client.hello(1, 99),
        (client) => {
          client.hello()
          client.send(frameType.ticks)
        },
        (client) => {
          client.hello()
          client.send(frameType.subscribe, Buffer.from([9, 0, 0, 0]))
        },
        (client) => client.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1])),
        (client) => client.socket.write(Buffer.alloc(64)),
        (client) => client.socket.write("GET / HTTP/1.1\r\n\r\n")
      ]
      for (const broken of breaks) {
        const client = connect()
        broken(client)
        await client.until(() => client.closed, "the end of the connection")
      }
      assert.strictEqual(front.counts().badMessages, breaks.length)
      const half = connect()
      half.socket.write(Buffer.from([200, 0]))
      const good = await connect().start(["rb2612"])
      await good.until(() => good.ticks.length > 0, "ticks")
      assert.strictEqual(front.counts().connections, breaks.length + 2)
    })
  )

  it.effect("hears a heartbeat after 15 s of silence, and none while something else is sent", () =>
    Effect.gen(function* () {
      const run = Effect.runPromiseWith(yield* Effect.context())
      yield* withFront(market, async (_front, connect) => {
        const client = await connect().start([])
        await run(TestClock.adjust("14 seconds"))
        client.login()
        await client.frame(frameType.loginRsp, 2)
        await run(TestClock.adjust("14 seconds"))
        client.login()
        await client.frame(frameType.loginRsp, 3)
        assert.strictEqual(client.of(frameType.heartbeat).length, 0)
        await run(TestClock.adjust("16 seconds"))
        assert.strictEqual((await client.frame(frameType.heartbeat)).body.length, 0)
        await run(TestClock.adjust("15 seconds"))
        await client.frame(frameType.heartbeat, 2)
      })
    })
  )

  it.live("is cut when it reads too slowly for a live market", () =>
    withFront(
      {
        source: { type: "market", contracts, ratePerSecond: 60_000, bursts: false },
        sendingListSize: 500
      },
      async (front, connect) => {
        const client = await connect().start(contracts.map(({ id }) => id))
        client.socket.pause()
        await eventually(() => front.counts().cutSlow === 1, "the cut", 30_000)
        await eventually(() => front.counts().sessions === 0, "the end of the session")
        const { sentToDeadSession, unflushed } = front.counts()
        // How many the kernel had accepted depends on the machine; some must have been in the list.
        assert.isAbove(sentToDeadSession, 0)
        assert.strictEqual(unflushed, 0)
      }
    )
  )
})

describe("starting a front", () => {
  const codeOf = (options: FrontOptions) =>
    startFront(options).pipe(
      Effect.scoped,
      Effect.flip,
      Effect.map(({ code, message }) => {
        assert.match(message, /^[A-Z].{20,200}$/)
        return code
      })
    )

  it.live("says what is wrong with the port or an option", () =>
    Effect.gen(function* () {
      const front = yield* startFront(market)
      assert.strictEqual(yield* codeOf({ ...market, port: front.port }), "FRONT_PORT_IN_USE")
      assert.strictEqual(yield* codeOf({ ...market, host: "203.0.113.1" }), "FRONT_ADDRESS_UNUSABLE")
      const invalid: ReadonlyArray<Partial<FrontOptions>> = [
        { port: 70_000 },
        { tradingDay: "2026-11-20" },
        { sendingListSize: 0 },
        { source: { type: "market", contracts, ratePerSecond: 0 } },
        { source: { type: "market", contracts: [], ratePerSecond: 1 } },
        { source: { type: "market", contracts: [...contracts, ...contracts], ratePerSecond: 1 } },
        { source: { type: "recording", file: "x.csv", speed: 0 } }
      ]
      for (const change of invalid) assert.strictEqual(yield* codeOf({ ...market, ...change }), "FRONT_OPTION_INVALID")
    }).pipe(Effect.scoped)
  )

  it.live("closes everything with its scope", () =>
    Effect.gen(function* () {
      const { client, port } = yield* Effect.gen(function* () {
        const front = yield* startFront(market)
        const client = yield* Effect.promise(() => new FrontClient(front.port).start(["rb2612"]))
        return { client, port: front.port }
      }).pipe(Effect.scoped)
      yield* Effect.promise(() => client.until(() => client.closed, "the end of the connection"))
      const late = new FrontClient(port)
      yield* Effect.promise(() => late.until(() => late.closed, "the refusal"))
      assert.strictEqual(late.errorCode, "ECONNREFUSED")
    })
  )
})

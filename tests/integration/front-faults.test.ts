// Drills are only worth something when each fault really does what its name says, on the wire.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { vi } from "vitest"
import type { FrontHandle } from "../../src/simulator/front/front.ts"
import { parseFrontFault } from "../../src/simulator/front/front-fault.ts"
import { frameType } from "../../src/simulator/front/front-frame.ts"
import type { FrontOptions } from "../../src/simulator/front/front-options.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { eventually, FrontClient, idOf, pause, textsOf, withFront } from "./front-client.ts"

vi.setConfig({ testTimeout: 60_000 })

const contracts = marketContracts(20)
const ids = contracts.map(({ id }) => id)
const market: FrontOptions = { source: { type: "market", contracts, ratePerSecond: 1_000, bursts: false } }

/** A command as an operator types it. */
const command = (front: FrontHandle, line: string) =>
  Effect.runPromise(front.command(Result.getOrThrow(parseFrontFault(line))))

const streaming = async (client: FrontClient) => {
  await client.start(ids)
  await client.until(() => client.ticks.length > 0, "the first tick")
  return client
}

describe("faults", () => {
  it.live("drop ends every connection, and a new one is served", () =>
    withFront(market, async (front, connect) => {
      const [one, two] = [await streaming(connect()), await streaming(connect())]
      await command(front, "drop")
      await one.until(() => one.closed, "the end")
      await two.until(() => two.closed, "the end")
      assert.isUndefined(one.errorCode)
      await streaming(connect())
      await eventually(() => front.counts().sessions === 1, "one session left")
    })
  )

  it.live("reset sends RST", () =>
    withFront(market, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "reset")
      await client.until(() => client.closed, "the end")
      assert.strictEqual(client.errorCode, "ECONNRESET")
    })
  )

  it.live("garbage is no frame", () =>
    withFront(market, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "garbage")
      await client.until(() => client.sawGarbage, "garbage")
    })
  )

  it.live("silent keeps the connection, sends and answers nothing, and ends by itself or by 0", () =>
    withFront(market, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "silent")
      await pause(50)
      const before = client.ticks.length
      client.logout()
      await pause(200)
      assert.strictEqual(client.ticks.length, before)
      assert.strictEqual(client.of(frameType.logoutRsp).length, 0)
      assert.isFalse(client.closed)
      await command(front, "silent 0")
      await client.until(() => client.ticks.length > before, "ticks again")
      await command(front, "silent 0.3")
      const again = client.ticks.length
      await client.until(() => client.ticks.length > again + 100, "ticks after the silence")
    })
  )

  it.live("slow lets so many bytes a second through, in order, and off ends it", () =>
    withFront({ ...market, sendingListSize: 100_000 }, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "slow 20400")
      await pause(100)
      const before = client.ticks.length
      const startMs = Date.now()
      await pause(600)
      const seconds = (Date.now() - startMs) / 1000
      const slowTicks = client.ticks.length - before
      assert.isAtMost(slowTicks, 50 * seconds + 60, "about 50 ticks of 408 bytes a second, one second's worth of slack")
      assert.isAbove(slowTicks, 0)
      await command(front, "slow off")
      await client.until(() => client.ticks.length > before + 400, "full speed again")
      const { ticksSent } = front.counts()
      await client.until(() => client.ticks.length >= ticksSent.market, "every tick that was held")
      assert.isFalse(client.sawGarbage)
    })
  )

  it.live("a slow session of a live market is cut", () =>
    withFront({ ...market, sendingListSize: 100 }, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "slow 100")
      await client.until(() => client.closed, "the cut")
      assert.strictEqual(front.counts().cutSlow, 1)
    })
  )

  it.live("reject-logins and no-login-answer hold until off", () =>
    withFront(market, async (front, connect) => {
      await command(front, "reject-logins 3")
      const client = connect()
      client.hello()
      client.login(7)
      const { body } = await client.frame(frameType.loginRsp)
      assert.deepStrictEqual([body.readInt32LE(0), body.readInt32LE(4)], [7, 3])
      assert.strictEqual(textsOf(body, 8)[0], "CTP:不合法的登录")
      client.subscribe(ids)
      await client.frame(frameType.subscribeRsp)
      assert.strictEqual(client.ticks.length, 0)
      await command(front, "reject-logins off")
      await command(front, "no-login-answer on")
      client.login(8)
      await pause(200)
      assert.strictEqual(client.of(frameType.loginRsp).length, 1)
      await command(front, "no-login-answer off")
      client.login(9)
      assert.strictEqual((await client.frame(frameType.loginRsp, 2)).body.readInt32LE(4), 0)
      assert.deepStrictEqual([front.counts().logins, front.counts().loginsRejected], [1, 1])
    })
  )

  it.live("stop-instrument stops one instrument until start-instrument", () =>
    withFront(market, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "stop-instrument rb2612")
      await pause(100)
      const before = client.ticks.length
      await client.until(() => client.ticks.length > before + 200, "the others")
      assert.isFalse(client.ticks.slice(before).some((tick) => idOf(tick) === "rb2612"))
      await command(front, "start-instrument rb2612")
      await client.until(() => client.ticks.slice(before).some((tick) => idOf(tick) === "rb2612"), "rb2612 again")
    })
  )

  it.live("duplicate repeats the last ticks byte for byte", () =>
    withFront({ source: { type: "market", contracts, ratePerSecond: 40 } }, async (front, connect) => {
      const client = await connect().start(ids)
      await client.until(() => client.ticks.length >= 20, "a burst")
      await command(front, "silent 0")
      const sent = client.ticks.length
      await command(front, "duplicate 5")
      await eventually(() => front.counts().ticksSent.duplicate === 5, "the duplicates")
      await client.until(() => client.ticks.length >= sent + 5, "the duplicates")
      const texts = client.ticks.map((tick) => tick.toString("latin1"))
      assert.strictEqual(texts.length - new Set(texts).size, 5)
    })
  )

  it.live("stale-snapshot pushes the last known tick first", () =>
    withFront(market, async (front, connect) => {
      await command(front, "stale-snapshot on")
      const client = await connect().start(ids)
      await client.until(() => client.ticks.length >= ids.length, "the snapshots")
      for (const tick of client.ticks.slice(0, ids.length)) {
        assert.strictEqual(tick.toString("latin1", 208, 216), "15:00:00")
      }
      assert.deepStrictEqual(client.ticks.slice(0, ids.length).map(idOf), ids)
      assert.strictEqual(front.counts().ticksSent.staleSnapshot, ids.length)
      await command(front, "stale-snapshot off")
      const other = await connect().start(["rb2612"])
      await other.until(() => other.ticks.length > 0, "a tick")
      assert.strictEqual(front.counts().ticksSent.staleSnapshot, ids.length)
    })
  )

  it.live("refuse closes the door to new connections and opens it on the same port", () =>
    withFront(market, async (front, connect) => {
      const client = await streaming(connect())
      await command(front, "refuse on")
      const refused = connect()
      await refused.until(() => refused.closed, "the refusal")
      assert.strictEqual(refused.errorCode, "ECONNREFUSED")
      const before = client.ticks.length
      await client.until(() => client.ticks.length > before, "the live session's ticks")
      await command(front, "refuse off")
      await streaming(connect())
    })
  )
})

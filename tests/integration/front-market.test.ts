// The front must not be the bottleneck: rates asked for are rates sent, in bursts as real exchanges send them.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { pause, withFront } from "./front-client.ts"

vi.setConfig({ testTimeout: 60_000 })

const contracts = marketContracts(2_000)
const ids = contracts.map(({ id }) => id)

describe("a generated market", () => {
  for (const bursts of [true, false]) {
    it.live(`keeps a rate of 20,000 ticks a second ${bursts ? "in bursts" : "spread evenly"}`, () =>
      withFront({ source: { type: "market", contracts, ratePerSecond: 20_000, bursts } }, async (front, connect) => {
        const client = await connect().start(ids)
        await client.until(() => client.ticks.length >= 10_000, "half a second's ticks")
        const [startMs, before, first] = [Date.now(), client.ticks.length, front.counts()]
        await client.until(() => client.ticks.length >= before + 40_000, "two seconds' ticks")
        const { cutSlow, marketSkipped, ticksSent } = front.counts()
        // Ticks that a busy machine skipped are counted, so that the sum equals the rate on any machine.
        const due = ticksSent.market - first.ticksSent.market + marketSkipped - first.marketSkipped
        const rate = (due / (Date.now() - startMs)) * 1000
        assert.isAbove(rate, 10_000)
        assert.isBelow(rate, 40_000)
        assert.strictEqual(cutSlow, 0)
        const volumes = new Map<string, number>()
        for (const tick of client.ticks) {
          const id = tick.toString("latin1", 9, 40)
          const volume = tick.readInt32LE(136)
          assert.isAtLeast(volume, volumes.get(id) ?? 0)
          volumes.set(id, volume)
        }
        assert.strictEqual(volumes.size, 2_000)
      })
    )
  }

  it.live("sends nothing and never ends without a subscriber", () =>
    withFront({ source: { type: "market", contracts, ratePerSecond: 20_000 } }, async (front, connect) => {
      await connect().start([])
      const ended = await Effect.runPromise(front.done.pipe(Effect.timeoutOption(300)))
      assert.strictEqual(ended._tag, "None")
      await pause(10)
      assert.strictEqual(front.counts().ticksSent.total, 0)
    })
  )
})

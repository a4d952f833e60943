// History is fetched once and for years: a page that is lost, fetched twice or mixed with prices of before a split
// makes a model that is silently wrong. Against the simulated venue, over real HTTP.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AlpacaCounts } from "../../../src/trading/adapters/alpaca/counts.ts"
import { layer as barHistory } from "../../../src/trading/adapters/alpaca/rest/bar-history.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import { layer as barsFolder } from "../../../src/trading/adapters/bars/bars-folder.ts"
import { type FetchPlan, fetchBars } from "../../../src/trading/application/signals/fetch-bars.ts"
import type { BarHistory } from "../../../src/trading/ports/bar-history.ts"
import { BarsStore } from "../../../src/trading/ports/bars-store.ts"
import { settingsOf } from "../../support/trading/alpaca-client.ts"
import { paperKeys, paperWorld, startTestVenue } from "../../support/trading/paper-world.ts"

let venue: Awaited<ReturnType<typeof startTestVenue>>
let folder: string
beforeAll(async () => {
  venue = await startTestVenue()
  folder = mkdtempSync(join(tmpdir(), "tickd-bars-"))
})
afterAll(async () => {
  await venue.close()
  rmSync(folder, { recursive: true })
})

const plan = (more: Partial<FetchPlan> = {}): FetchPlan => ({
  symbols: ["AAPL"],
  timeframe: "1Day",
  adjustment: "split",
  from: "2026-01-02",
  to: "2026-06-30",
  show: () => Effect.void,
  ...more
})
const key = { symbol: "AAPL", timeframe: "1Day", adjustment: "split" } as const

/** Runs with a folder of its own, and pages of `pageLimit` bars. */
const run = <A, E>(name: string, body: Effect.Effect<A, E, BarHistory | BarsStore>, pageLimit = 25) => {
  const history = Layer.provide(barHistory(settingsOf(venue.url, paperKeys), new AlpacaCounts(), pageLimit), fetchLayer)
  return Effect.provide(body, Layer.merge(barsFolder(join(folder, name)), history))
}
const fetchAndRead = (some: FetchPlan) =>
  Effect.gen(function* () {
    const [fetched] = yield* fetchBars(some)
    const { bars, market } = yield* (yield* BarsStore).read(key)
    return { fetched, bars, market }
  })

describe("history from the venue", () => {
  it.live("comes page by page, and is the same from small and from large pages", () =>
    Effect.gen(function* () {
      const small = yield* run("small", fetchAndRead(plan()))
      const large = yield* run("large", fetchAndRead(plan()), 10_000)
      assert.isAbove(small.bars.dates.length, 120)
      assert.deepStrictEqual([small.bars.dates[0], small.bars.dates.at(-1)], ["2026-01-02", "2026-06-30"])
      assert.deepStrictEqual(small.bars, large.bars)
      assert.deepInclude(small.fetched, { added: small.bars.dates.length, refetched: false })
      // Only Alpaca itself has real prices.
      assert.strictEqual(small.market, "synthetic")
    })
  )

  it.live("goes on where it stopped, and fetches nothing twice", () =>
    Effect.gen(function* () {
      const whole = yield* run("whole", fetchAndRead(plan()))
      yield* run("resumed", fetchAndRead(plan({ to: "2026-03-31" })))
      const second = yield* run("resumed", fetchAndRead(plan()))
      assert.deepStrictEqual(second.bars, whole.bars)
      assert.deepInclude(second.fetched, { refetched: false })
      assert.isBelow(second.fetched?.added ?? 0, 70)
      const third = yield* run("resumed", fetchAndRead(plan()))
      assert.deepInclude(third.fetched, { added: 0, refetched: false })
      assert.deepStrictEqual(third.bars, whole.bars)
      // An earlier first day is a longer history: all of it is fetched.
      const longer = yield* run("resumed", fetchAndRead(plan({ from: "2025-12-01" })))
      assert.strictEqual(longer.bars.dates[0], "2025-12-01")
    })
  )

  it.live("survives lost replies, errors and the rate limit", () =>
    Effect.gen(function* () {
      const whole = yield* run("calm", fetchAndRead(plan()))
      const { fault } = paperWorld(venue)
      yield* Effect.promise(async () => {
        await fault("reply-lost")
        await fault("reply-500")
        await fault("rate-limit")
      })
      const rough = yield* run("rough", fetchAndRead(plan()))
      assert.deepStrictEqual(rough.bars, whole.bars)
    })
  )

  it.live("is fetched anew when a split has changed what is stored", () =>
    Effect.gen(function* () {
      const before = yield* run("split", fetchAndRead(plan({ to: "2026-03-31" })))
      yield* Effect.promise(async () => paperWorld(venue).fault("split", { symbol: "AAPL", new_rate: 4, old_rate: 1 }))
      const after = yield* run("split", fetchAndRead(plan()))
      assert.deepInclude(after.fetched, { refetched: true })
      const [old, now] = [before.bars.close[0] as number, after.bars.close[0] as number]
      assert.approximately(old / now, 4, 0.01)
    })
  )

  it.live("ends with a sentence when the venue refuses, and knows a symbol without bars", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(run("refused", fetchBars(plan({ timeframe: "7Parsec" }))))
      assert.deepInclude(refused, { code: "BARS_NOT_FETCHED" })
      assert.match(refused.message, /^The bars of AAPL do not come: refused: .*timeframe/)
    })
  )
})

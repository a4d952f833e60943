// A split changes shares overnight without an order: one that is missed, or read wrong, stops the symbol for no reason.
import { BigDecimal, Effect, Layer } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { layer as corporateActions } from "../../../src/trading/adapters/alpaca/rest/corporate-actions.ts"
import { CorporateActions } from "../../../src/trading/ports/corporate-actions.ts"
import { settingsOf, wire } from "../../support/trading/alpaca-client.ts"
import { paperKeys, paperWorld, startTestVenue } from "../../support/trading/paper-world.ts"

type Server = Awaited<ReturnType<typeof startTestVenue>>
const day = "2026-11-30"
let server: Server
beforeAll(async () => {
  server = await startTestVenue()
})
afterAll(() => server.close())

const splits = (from = day, to = day) =>
  Effect.runPromise(
    Effect.result(
      Effect.provide(
        Effect.flatMap(CorporateActions, (actions) => actions.splits(from, to)),
        Layer.provide(corporateActions(settingsOf(server.url, paperKeys)), wire)
      )
    )
  )
const good = async (from?: string, to?: string) => {
  const result = await splits(from, to)
  if (result._tag === "Failure") assert.fail(`no splits: ${JSON.stringify(result.failure)}`)
  return result.success
}

describe("corporate actions", () => {
  it("give forward and reverse splits of the days that were asked for", async () => {
    assert.deepStrictEqual(await good(), [])
    const { fault } = paperWorld(server)
    fault("split", { symbol: "AAPL", new_rate: 4, old_rate: 1 })
    fault("split", { symbol: "MSFT", new_rate: 1, old_rate: 3 })
    const found = new Map((await good()).map((split) => [split.symbol, split]))
    const ratio = (symbol: string) => found.get(symbol)?.ratio ?? BigDecimal.make(0n, 0)
    assert.strictEqual(decimalText(ratio("AAPL")), "4")
    // A third of 30 shares is 10 of them, exactly enough for nine places.
    const third = BigDecimal.round(BigDecimal.multiply(ratio("MSFT"), BigDecimal.make(30n, 0)), { scale: 9 })
    assert.strictEqual(decimalText(third), "10")
    assert.strictEqual(found.get("AAPL")?.day, day)
    assert.deepStrictEqual(await good("2026-11-20", "2026-11-29"), [])
    assert.lengthOf(await good("2026-11-20", "2026-12-01"), 2)
  })

  it("come page after page, each once", async () => {
    const before = (await good()).length
    for (let n = 0; n < 1001; n++) {
      const [newRate, oldRate] = n % 2 === 0 ? [2, 1] : [1, 2]
      paperWorld(server).fault("split", { symbol: "PENNY", new_rate: newRate, old_rate: oldRate })
    }
    const all = await good()
    assert.strictEqual(all.length, before + 1001)
    assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)
  })

  it("fail as a whole when a page fails or is no JSON", async () => {
    for (const [fault, tag] of [
      ["rate-limit", "VenueRateLimited"],
      ["reply-html", "VenueOutcomeUnknown"]
    ] as const) {
      paperWorld(server).fault(fault, { count: 1 })
      const result = await splits()
      assert.strictEqual(result._tag === "Failure" ? result.failure.reason._tag : "", tag)
    }
  })
})

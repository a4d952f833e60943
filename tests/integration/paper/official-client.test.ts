// If Alpaca's own client trades, streams, pages and fails here, the simulated venue is faithful enough to test ours.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { paperKeys, paperWorld, startTestVenue } from "../../support/trading/paper-world.ts"
import { venueCases } from "../../support/trading/venue-cases.ts"
import { officialClient } from "./official-client.ts"

let server: Awaited<ReturnType<typeof startTestVenue>>
let official: ReturnType<typeof officialClient>

beforeAll(async () => {
  server = await startTestVenue()
  official = officialClient(server.url, paperKeys)
  await official.connect()
})
afterAll(async () => {
  official.close()
  await server.close()
})

describe("the official client on the simulated venue", () => {
  for (const { name, run } of venueCases) it(name, () => run(official.client, paperWorld(server)))

  it("refuses wrong keys on both ways", async () => {
    const wrong = officialClient(server.url, { ...paperKeys, secret: "wrong" })
    assert.strictEqual(
      (await wrong.client.submit({ symbol: "AAPL", side: "buy", type: "market", qty: "1" })).type,
      "unauthorized"
    )
    wrong.stream.connect()
    const result = await wrong.stream.whenAuthenticated()
    assert.isFalse(result.authenticated)
    wrong.close()
  })
})

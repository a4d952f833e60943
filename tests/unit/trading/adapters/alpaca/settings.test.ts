// Keys that leave in plain text are lost: no part of the adapter may be built that would send them so.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { HttpClient, make } from "effect/http/HttpClient"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { OpenSocket } from "../../../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { layer as quotes } from "../../../../../src/trading/adapters/alpaca/quotes/quotes.ts"
import { layer as corporateActions } from "../../../../../src/trading/adapters/alpaca/rest/corporate-actions.ts"
import {
  type AlpacaUrls,
  alpacaSettings,
  alpacaUrls,
  oneHostUrls,
  urlFaults,
  VenueUrlRefused
} from "../../../../../src/trading/adapters/alpaca/settings.ts"
import { layer as venue } from "../../../../../src/trading/adapters/alpaca/venue.ts"

const keys = { id: new Secret("PKTEST"), secret: new Secret("secret-of-the-test") }
const bad: ReadonlyArray<readonly [name: string, urls: AlpacaUrls, faults: number]> = [
  ["another host over http", oneHostUrls("http://venue.example"), 4],
  ["one socket without encryption", { ...alpacaUrls.live, updates: "ws://api.alpaca.markets/stream" }, 1],
  ["a host that only looks local", oneHostUrls("http://localhost.example"), 4],
  ["a private network", oneHostUrls("http://10.0.0.1:8080"), 4],
  ["no URL", { ...alpacaUrls.paper, data: "data.alpaca.markets" }, 1],
  ["nothing", { ...alpacaUrls.paper, trading: "" }, 1]
]

describe("the addresses of the venue", () => {
  it("may be Alpaca's own, and this host without encryption", () => {
    for (const urls of [
      alpacaUrls.paper,
      alpacaUrls.live,
      oneHostUrls("http://127.0.0.1:80"),
      oneHostUrls("http://[::1]:80")
    ]) {
      assert.deepStrictEqual(urlFaults(urls), [])
    }
  })

  it.each(bad)("%s: each fault is named", (_, urls, faults) => assert.lengthOf(urlFaults(urls), faults))

  it.effect.each(bad)("%s: no part is built, nothing is sent, and no key is in the message", ([, urls]) =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const wire = Layer.mergeAll(
        Layer.succeed(
          HttpClient,
          make((request) => Effect.die(sent.push(request.url)))
        ),
        Layer.succeed(OpenSocket, (url) => {
          sent.push(url)
          return { send: () => undefined, close: () => undefined }
        })
      )
      const settings = alpacaSettings(urls, keys)
      const parts: ReadonlyArray<Effect.Effect<unknown, never, Scope.Scope>> = [
        Layer.build(Layer.provide(venue(settings), wire)),
        Layer.build(Layer.provide(quotes(settings), wire)),
        Layer.build(Layer.provide(corporateActions(settings), wire))
      ]
      for (const part of parts) {
        const refused = yield* Effect.catchDefect(Effect.scoped(part), (defect) => Effect.succeed(defect))
        if (!(refused instanceof VenueUrlRefused)) return assert.fail("the part was built")
        assert.strictEqual(refused.code, "VENUE_URL_REFUSED")
        assert.notInclude(refused.message, "PKTEST")
      }
      assert.deepStrictEqual(sent, [])
    })
  )
})

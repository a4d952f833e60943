// A number that is none must stop entries at once: a limit that is compared with NaN is no limit.
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpClient, transform } from "effect/http/HttpClient"
import { fromWeb } from "effect/http/HttpClientResponse"
import { defaultPollSettings } from "../../../actors/trading/venue-poll-actor.ts"
import { OpenSocket, openWebSocket } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import { accountFields } from "../../support/trading/alpaca-bodies.ts"
import { codesOf, market, scenario, under } from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

for (const equity of ["NaN", "Infinity", "1e308", null]) {
  scenario(`an account with an equity of ${equity} trips the breaker within a second of the answer`, (world) =>
    Effect.gen(function* () {
      let isBroken = false
      let answeredMs = 0
      const broken = (client: HttpClient) =>
        transform(client, (answer, request) => {
          if (!isBroken || !new URL(request.url).pathname.endsWith("/v2/account")) return answer
          return Effect.map(answer, () => {
            if (answeredMs === 0) answeredMs = performance.now()
            return fromWeb(request, new Response(JSON.stringify({ ...accountFields, equity })))
          })
        })
      const wire = Layer.merge(
        Layer.effect(HttpClient, Effect.map(HttpClient, broken)).pipe(Layer.provide(fetchLayer)),
        Layer.succeed(OpenSocket, openWebSocket)
      )
      const program = yield* world.ready({ wire, settings: { poll: { ...defaultPollSettings, accountEveryMs: 100 } } })
      isBroken = true
      const tripped = () => program.safetyState.view("", "").breakers.find(({ state }) => state === "tripped")
      yield* until("the trip", () => tripped() !== undefined)
      assert.isBelow(performance.now() - answeredMs, 1000)
      const view = tripped()
      assert.strictEqual(view?.state === "tripped" && view.reason, "DATA_INVALID")
      const refused = yield* Effect.flip(program.desk.submit(market("1"), under("entry")))
      assert.include("findings" in refused ? codesOf(refused.findings) : [], "BREAKER")
    })
  )
}

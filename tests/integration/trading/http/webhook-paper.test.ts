// The venue's own webhooks must be enough: without any stream the book still has each execution, and has it once.
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer as fetchLayer } from "effect/http/FetchHttpClient"
import { HttpClient, transform } from "effect/http/HttpClient"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { OpenSocket, openWebSocket } from "../../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { freePort } from "../../../support/free-port.ts"
import { startApi, webhookSecret } from "../../../support/trading/api-world.ts"
import { orderOf, positionOf, resting, scenario, under, untilStatus } from "../../../support/trading/scenario-stage.ts"

const port = await freePort()
const url = `http://127.0.0.1:${port}/api/v1/webhooks/orders`

/** The wire to the venue without its stream of events. */
const wire = Layer.merge(
  Layer.effect(
    HttpClient,
    Effect.map(HttpClient, (client) =>
      transform(client, (answer, request) => (request.url.includes("/events/") ? Effect.never : answer))
    )
  ).pipe(Layer.provide(fetchLayer)),
  Layer.succeed(OpenSocket, openWebSocket)
)

const until = Effect.fnUntraced(function* (what: string, read: Effect.Effect<boolean, unknown>) {
  for (let turn = 0; turn < 500; turn++) {
    if (yield* read) return
    yield* Effect.sleep(10)
  }
  return yield* Effect.die(new Error(`${what} has not come`))
})

scenario(
  "books executions by the signed webhooks of the venue, while its streams are mute and trading is stopped",
  (world) =>
    Effect.gen(function* () {
      // A silent order would be polled: not within this test.
      const silence = { baseMs: 60_000, capMs: 60_000 }
      const program = yield* world.ready({ wire, settings: { orders: { silence } } })
      const api = yield* startApi(program.context, { folder: world.folder, port })
      world.fault("stream-mute")
      yield* program.desk.submit(resting("10"), under("hook-1"))
      yield* untilStatus(program, "hook-1", "new")
      world.pin("AAPL", "95.5", "95.6")
      yield* untilStatus(program, "hook-1", "filled")
      const { executions, filled } = yield* orderOf(program, "hook-1")
      assert.strictEqual(decimalText(filled), "10")
      assert.deepStrictEqual([...new Set([...executions.values()].map(({ source }) => source))], ["webhook"])
      assert.strictEqual(yield* positionOf(program), "10")

      // The reconciliation finds the same executions and books none again.
      yield* program.reconciler.run("operator")
      assert.strictEqual(yield* positionOf(program), "10")
      assert.isUndefined(api.counts.refusals.get("WEBHOOK_SIGNATURE"))

      // Trading is stopped, and an order that is not ours comes by webhook alone.
      yield* program.safety.engage(world.why, "all")
      yield* world.placeOutside({ symbol: "MSFT", qty: "1", side: "buy", type: "market" })
      const orphans = Effect.map(program.store.orphans, (found) => found.map(({ order }) => order.symbol))
      yield* until(
        "the orphan",
        Effect.map(orphans, ([symbol]) => symbol === "MSFT")
      )
      assert.strictEqual(api.counts.bugs, 0)
    }),
  { paper: { webhook: { url, secret: webhookSecret } } }
)

scenario(
  "refuses webhooks that another secret signed, and books nothing of them",
  (world) =>
    Effect.gen(function* () {
      const program = yield* world.ready({ wire })
      const api = yield* startApi(program.context, { folder: world.folder, port })
      world.fault("stream-mute")
      yield* world.placeOutside({ symbol: "MSFT", qty: "1", side: "buy", type: "market" })
      yield* until(
        "a refused webhook",
        Effect.sync(() => (api.counts.answers.get("webhook 401") ?? 0) > 0)
      )
      assert.deepStrictEqual(yield* program.store.orphans, [])
      assert.isAbove(api.counts.refusals.get("WEBHOOK_SIGNATURE") ?? 0, 0)
      assert.include(program.log, "a request over HTTP was refused: WEBHOOK_SIGNATURE")
    }),
  { paper: { webhook: { url, secret: "another secret of the venue" } } }
)

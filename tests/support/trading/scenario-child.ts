// One life of the trading program, which a test kills: `node scenario-child.ts URL BOOK WALL_OFFSET_MS`. It sends
// orders until then, and prints `sent ID` for each one that was answered.
import { Effect, Layer } from "effect"
import { OpenSocket, openWebSocket } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import { MemorySafetyStore } from "../../../src/trading/adapters/memory/safety-bucket.ts"
import { settableWall } from "../settable-wall.ts"
import { startProgram } from "./scenario-program.ts"
import { market, opened, settingsFor, under } from "./scenario-stage.ts"

const [url = "", path = "", offMs = "0"] = process.argv.slice(2)

const life = Effect.gen(function* () {
  const program = yield* startProgram({
    wire: Layer.merge(fetchLayer, Layer.succeed(OpenSocket, openWebSocket)),
    bucket: new MemorySafetyStore().layer,
    path,
    alpaca: settingsFor(url)
  })
  yield* opened(program, ["AAPL"])
  yield* program.limits.change("test", "a life of many orders", (now) => ({
    ...now,
    ordersPerMinute: 1_000_000,
    repeatedExecutions: 1_000_000
  }))
  for (let at = 0; ; at++) {
    const id = `k${process.pid}-${at}`
    const side = at % 3 === 2 ? "sell" : "buy"
    yield* Effect.ignore(program.desk.submit(market("1", { side }), under(id, side === "sell")))
    process.stdout.write(`sent ${id}\n`)
    yield* Effect.sleep(2)
  }
})

const program = Effect.gen(function* () {
  const { set, wall } = yield* settableWall
  wall.offMs = Number(offMs)
  return yield* set(Effect.scoped(life))
})
await Effect.runPromise(program)

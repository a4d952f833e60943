// The gate judges on quotes: one that is halted, late, crossed or old must refuse entries of its own symbol, through
// the whole program, and hold no exit back.
import { assert } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { type InstantNs, instantText } from "../../../src/kernel/time/utc-instant.ts"
import { OpenSocket, openWebSocket, type SocketEvents } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import { defaultQuoteTimes } from "../../../src/trading/adapters/alpaca/settings.ts"
import type { OrderRequest } from "../../../src/trading/domain/order/order-request.ts"
import { haltedAndSeen } from "../../support/trading/paper-world.ts"
import type { Program } from "../../support/trading/scenario-program.ts"
import { codesOf, market, positionOf, scenario, under, untilStatus } from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

const symbols = ["AAPL", "MSFT"]
const msft = { symbol: "MSFT" }

/** The codes that refuse; empty for an order that passed. */
const submit = Effect.fnUntraced(function* (program: Program, request: OrderRequest, id: string, reduceOnly = false) {
  const answer = yield* Effect.result(program.desk.submit(request, under(id, reduceOnly)))
  if (Result.isSuccess(answer)) return []
  return "findings" in answer.failure ? codesOf(answer.failure.findings) : [answer.failure.message]
})

scenario("a halt stops entries of its symbol and lets it be left, until trading resumes", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({}, symbols)
    yield* program.desk.submit(market("10"), under("held"))
    yield* untilStatus(program, "held", "filled")
    const isHalted = () => program.quotes.quote("AAPL")?.taint.startsWith("halted") === true
    yield* until("the halt", haltedAndSeen(world.fault, "AAPL", isHalted))
    assert.deepStrictEqual(yield* submit(program, market("1"), "entry"), ["PRICE_TAINTED"])
    assert.deepStrictEqual(yield* submit(program, market("1", msft), "other"), [])
    assert.deepStrictEqual(yield* submit(program, market("4", { side: "sell" }), "exit", true), [])
    world.fault("halt", { symbol: "AAPL", on: false })
    yield* until("the resumption", () => !isHalted())
    yield* untilStatus(program, "exit", "filled")
    assert.deepStrictEqual(yield* submit(program, market("1"), "after"), [])
    yield* untilStatus(program, "after", "filled")
    assert.strictEqual(yield* positionOf(program), "7")
  })
)

scenario("a symbol whose quotes stop goes stale alone, and quotes that are no news do not make it fresh", (world) =>
  Effect.gen(function* () {
    let data: SocketEvents | undefined
    let isFrozen = false
    const open: OpenSocket["Service"] = (url, events) => {
      if (!url.includes("/v2/iex")) return openWebSocket(url, events)
      data = events
      const received = (text: string) => {
        const frame: ReadonlyArray<{ readonly S?: string }> = JSON.parse(text)
        const kept = frame.filter(({ S }) => !isFrozen || S !== "AAPL")
        if (kept.length > 0) events.received(JSON.stringify(kept))
      }
      return openWebSocket(url, { ...events, received })
    }
    const wire = Layer.merge(fetchLayer, Layer.succeed(OpenSocket, open))
    // No second opinion over REST: it would bring the quote that the socket does not.
    const quotes = { ...defaultQuoteTimes, staleMs: 60_000, sweepMs: 60_000 }
    const program = yield* world.ready({ wire, alpaca: { quotes } }, symbols)
    const limits = program.limits.change("test", "a short age for this test", (now) => ({ ...now, quoteAgeMsMax: 700 }))
    yield* limits
    yield* program.desk.submit(market("10"), under("held"))
    yield* untilStatus(program, "held", "filled")
    isFrozen = true
    const frozen = program.quotes.quote("AAPL")
    assert.isDefined(frozen)
    const send = (bp: number, ap: number, at: InstantNs) =>
      data?.received(JSON.stringify([{ T: "q", S: "AAPL", bp, ap, t: instantText(at) }]))
    const before = { ...program.counts.quotes }
    const now = world.server.clock.now()
    send(150, 150.02, (frozen?.at ?? 0n) - 1_000_000n)
    send(101, 100, now)
    send(0, 100, now)
    send(150, 150.02, now + 60_000_000_000n)
    const counted = (name: "late" | "crossed" | "oneSided" | "future") => program.counts.quotes[name] - before[name]
    assert.deepStrictEqual([counted("late"), counted("crossed"), counted("oneSided"), counted("future")], [1, 1, 1, 1])
    assert.deepStrictEqual(program.quotes.quote("AAPL"), frozen)
    const age = () => Number(world.server.clock.now() - (program.quotes.quote("AAPL")?.at ?? 0n)) / 1e6
    yield* until("an old quote", () => age() > 800)
    assert.deepStrictEqual(yield* submit(program, market("1"), "entry"), ["PRICE_STALE"])
    assert.deepStrictEqual(yield* submit(program, market("1", msft), "other"), [])
    assert.deepStrictEqual(yield* submit(program, market("4", { side: "sell" }), "exit", true), [])
    yield* untilStatus(program, "exit", "filled")
    isFrozen = false
    yield* until("a fresh quote", () => age() < 500)
    assert.deepStrictEqual(yield* submit(program, market("1"), "after"), [])
    assert.strictEqual(decimalText(program.quotes.quote("AAPL")?.bid ?? frozen?.bid ?? fail()), "99.99")
  })
)

const fail = (): never => {
  throw new Error("no quote")
}

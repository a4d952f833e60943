// The log is what an operator reads after a stop: it must not blame the venue for what the gate held back.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer as tradeEvents } from "../../../../src/trading/application/trade-events.ts"
import { intendedOrder, type Order } from "../../../../src/trading/domain/order/order.ts"
import { eventLinesLayer } from "../../../../src/trading/layers/log/event-lines.ts"
import { TradeLog } from "../../../../src/trading/layers/lowest.ts"
import { TradeEvents } from "../../../../src/trading/ports/trade-events.ts"
import { decimal, proposal } from "../../../support/trading/gate-view.ts"

it.effect("names an order that never arrived as an error, also when a reconciliation finds out", () => {
  const lines: Array<string> = []
  const log = Layer.succeed(TradeLog, {
    write: (level, message, { event }) => void lines.push(`${level} ${event} ${message}`)
  })
  const before = intendedOrder("a", "h", proposal({ quantity: decimal("1") }).request, 1n)
  const publish = Effect.gen(function* () {
    const events = yield* TradeEvents
    events.publish({ type: "orderChanged", before, after: { ...before, status: "failed" } })
    events.publish({ type: "orderLost", order: before })
    const text = "order a is not at the venue after its grace period: look it up there by this id"
    assert.deepStrictEqual(lines, [`ERROR order_lost ${text}`])
  })
  return Effect.provide(publish, eventLinesLayer.pipe(Layer.provideMerge(Layer.merge(tradeEvents, log))))
})

it.effect("says who refused an order: the venue, or tickd itself", () => {
  const lines: Array<string> = []
  const log = Layer.succeed(TradeLog, { write: (_, message) => void lines.push(message) })
  const refused = (code: string, message: string): Order => ({
    ...intendedOrder("a", "h", proposal({ quantity: decimal("1") }).request, 1n),
    sending: "refused",
    sendingReason: `${code}: ${message}`,
    status: "rejected"
  })
  const publish = Effect.gen(function* () {
    const events = yield* TradeEvents
    for (const [code, message] of [
      ["40310000", "insufficient buying power"],
      ["GATE_CLOSED", "the kill switch is engaged"]
    ] as const) {
      events.publish({ type: "orderRefused", order: refused(code, message), code, message })
    }
    assert.deepStrictEqual(lines, [
      "the venue refused order a: 40310000 insufficient buying power",
      "nothing was sent of order a: GATE_CLOSED the kill switch is engaged"
    ])
  })
  return Effect.provide(publish, eventLinesLayer.pipe(Layer.provideMerge(Layer.merge(tradeEvents, log))))
})

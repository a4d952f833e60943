import { Effect, Layer } from "effect"
import { isTerminal } from "../../domain/order/order-words.ts"
import { OrderDesk } from "../../ports/order-desk.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { refusalCodes, TradeFlow } from "../../ports/trade-flow.ts"
import { newExecutions } from "../orders/recent-orders.ts"
import { countOne, timed } from "./count-flow.ts"

const known = new Set(refusalCodes)

interface Failed {
  readonly _tag: string
  readonly findings?: ReadonlyArray<{ readonly code: string; readonly outcome: string }>
}
const codesOf = ({ _tag, findings = [] }: Failed): ReadonlyArray<string> => {
  if (_tag === "IdInUse") return ["ID_IN_USE"]
  if (_tag === "DeskUnavailable") return ["UNAVAILABLE"]
  return findings.filter(({ outcome }) => outcome === "refuse").map(({ code }) => code)
}

/** The same way of orders, with intents, refusals, fills and ends counted. It changes no answer. */
export const layer = Layer.effect(
  OrderDesk,
  Effect.gen(function* () {
    const [desk, events, flow] = [yield* OrderDesk, yield* TradeEvents, yield* TradeFlow]
    const noteRefusal = (code: string) => countOne(flow.refusals, known.has(code) ? code : "VENUE")
    const unsubscribe = events.subscribe((event) => {
      if (event.type === "orderRefused") noteRefusal(event.code)
      if (event.type !== "orderChanged") return
      const { after, before } = event
      flow.fills += newExecutions(before, after).length
      if (isTerminal(after.status) && !isTerminal(before.status)) countOne(flow.ended, after.status)
    })
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
    const refusalsNoted = <A, E extends Failed>(effect: Effect.Effect<A, E>) =>
      Effect.tapError(effect, (error) => Effect.sync(() => codesOf(error).forEach(noteRefusal)))
    return OrderDesk.of({
      ...desk,
      submit: (...args) =>
        timed(flow.submits, desk.submit(...args)).pipe(
          refusalsNoted,
          Effect.tap(({ order, repeat }) =>
            Effect.sync(() => {
              if (repeat) return
              flow.intents++
              // A dry run ends with its intent.
              if (isTerminal(order.status)) countOne(flow.ended, order.status)
            })
          )
        ),
      replace: (...args) => refusalsNoted(desk.replace(...args))
    })
  })
)

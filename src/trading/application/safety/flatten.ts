import { BigDecimal, Clock, Effect } from "effect"
import { decimalText, zero } from "../../../kernel/decimal.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import { OrderDesk } from "../../ports/order-desk.ts"
import { OrderStore, type OrderStoreError } from "../../ports/order-store.ts"
import {
  type Cancelled,
  type FlattenLine,
  type FlattenReport,
  SafetyRefused,
  type SafetyRequest
} from "../../ports/safety.ts"

/** Longest wait for the cancels, and for the exits; what is not done by then is reported as left. */
const cancelWaitMs = 5000
const exitWaitMs = 15_000
const lookEveryMs = 100

const notSent = "nothing was sent: this daemon runs dry; set TRADE_MODE=live, start it again, and flatten then"

const unavailable = ({ message }: { readonly message: string }) => new SafetyRefused({ code: "UNAVAILABLE", message })

/** Closes every position by orders that can only reduce, through the gate, and reports what the book says after. */
export const makeFlatten = Effect.gen(function* () {
  const [store, entrance] = [yield* OrderStore, yield* OrderDesk]

  const held = Effect.map(store.exposure, ({ positions }) =>
    [...positions.values()].filter(({ quantity }) => !BigDecimal.isZero(quantity))
  )
  const textOf = (symbols: number): string => `flatten ${symbols} symbol${symbols === 1 ? "" : "s"}`

  /** False: it did not hold within the time. */
  const within = (holds: Effect.Effect<boolean, OrderStoreError>, waitMs: number) =>
    Effect.gen(function* () {
      for (let waitedMs = 0; waitedMs < waitMs; waitedMs += lookEveryMs) {
        if (yield* holds) return true
        yield* Effect.sleep(lookEveryMs)
      }
      return false
    })

  /** Without the book there are no exits: nothing is sent without its row. The cancels need none, and leave. */
  const lost =
    ({ by, confirmation }: SafetyRequest & { readonly confirmation: string }) =>
    (failure: OrderStoreError): Effect.Effect<never, SafetyRefused> => {
      if (!/^flatten \d+ symbols?$/.test(confirmation)) return Effect.fail(unavailable(failure))
      return Effect.flatMap(entrance.cancelAll("all", by), (asked) => {
        const done = `cancels asked: ${asked}; no exit was sent, because each needs its row`
        return Effect.fail(unavailable({ message: `${failure.message} (${done}.) Then flatten again.` }))
      })
    }

  const run = Effect.fnUntraced(function* (
    request: SafetyRequest & { readonly confirmation: string }
  ): Effect.fn.Return<FlattenReport, SafetyRefused> {
    const before = yield* held.pipe(Effect.catch(lost(request)))
    const wanted = textOf(before.length)
    if (request.confirmation !== wanted) {
      return yield* new SafetyRefused({
        code: "NOT_CONFIRMED",
        message: `confirmation: write '${wanted}' to close ${before.map(({ symbol }) => symbol).join(", ") || "nothing"}.`
      })
    }
    // A working exit holds the shares that the new one needs, and a working entry would open them again.
    const asked = yield* entrance.cancelAll("all", request.by)
    const noneWorks = Effect.map(store.workingOrders, (working) => working.length === 0)
    const ended = yield* Effect.mapError(within(noneWorks, cancelWaitMs), unavailable)
    const cancelled: Cancelled = {
      asked,
      problem: ended ? "" : `orders still work ${cancelWaitMs / 1000} s after their cancel was asked`
    }
    // What filled meanwhile counts.
    const toClose = yield* Effect.mapError(held, unavailable)
    const nonce = `flatten-${(yield* Clock.currentTimeMillis).toString(36)}`
    const sent = yield* Effect.forEach(toClose, ({ quantity, symbol }) => {
      const isLong = BigDecimal.isGreaterThan(quantity, zero)
      const exit = {
        symbol,
        side: isLong ? ("sell" as const) : ("buy" as const),
        quantity: isLong ? quantity : BigDecimal.negate(quantity),
        type: "market" as const,
        timeInForce: "day" as const,
        strategyId: "flatten",
        nonce
      }
      const line = { symbol, quantity: decimalText(quantity) }
      return entrance.submit(exit, { reduceOnly: true, confirmed: true, by: request.by }).pipe(
        Effect.map(({ order }) => ({
          ...line,
          clientOrderId: order.clientOrderId,
          problem: order.sending === "dryRun" ? notSent : ""
        })),
        Effect.catch(({ message }) => Effect.succeed({ ...line, clientOrderId: undefined, problem: message }))
      )
    })
    const ids = sent.flatMap(({ clientOrderId }) => (clientOrderId === undefined ? [] : [clientOrderId]))
    const allEnded = Effect.map(
      Effect.forEach(ids, (id) => store.orderOf(id)),
      (orders) => orders.every((order) => order._tag === "Some" && isTerminal(order.value.status))
    )
    yield* Effect.mapError(within(allEnded, exitWaitMs), unavailable)
    const after = new Map((yield* Effect.mapError(held, unavailable)).map((one) => [one.symbol, one.quantity]))
    const known = new Set(sent.map(({ symbol }) => symbol))
    const opened = [...after.keys()].filter((symbol) => !known.has(symbol))
    const lines: ReadonlyArray<FlattenLine> = [
      ...sent.map(({ problem, ...line }) => {
        const left = decimalText(after.get(line.symbol) ?? zero)
        return { ...line, left, problem: problem === "" && left !== "0" ? "the exit has not filled" : problem }
      }),
      ...opened.map((symbol) => ({
        symbol,
        quantity: "0",
        clientOrderId: undefined,
        left: decimalText(after.get(symbol) ?? zero),
        problem: "it was opened meanwhile"
      }))
    ]
    return { flat: after.size === 0, cancelled, lines }
  })

  return { run, text: Effect.mapBoth(held, { onFailure: unavailable, onSuccess: ({ length }) => textOf(length) }) }
})

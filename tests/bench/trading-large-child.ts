// A large book: its reconciliation, and a start over it. In a process of its own. Argument: JSON. Prints JSON.
import { join } from "node:path"
import { BigDecimal, Effect, type Scope } from "effect"
import { instantOfMs } from "../../src/kernel/time/utc-instant.ts"
import { layer as openStore } from "../../src/trading/adapters/store/open-store.ts"
import { defaultReconcilerSettings, makeReconciler } from "../../src/trading/application/reconcile/reconciler.ts"
import { intendedOrder } from "../../src/trading/domain/order/order.ts"
import type { ExecutionFact } from "../../src/trading/domain/order/order-fact.ts"
import { OrderStore } from "../../src/trading/ports/order-store.ts"
import { proposal } from "../support/trading/gate-view.ts"
import { emptyTruth, reconWorld } from "../support/trading/recon-world.ts"
import { makeScriptedVenue } from "../support/trading/scripted-venue.ts"
import { startTradeWorld } from "../support/trading/trade-world.ts"

interface Argument {
  readonly measure: "reconcile" | "restart"
  readonly folder: string
}
const { folder, measure } = JSON.parse(process.argv[2] ?? "{}") as Argument
const path = join(folder, "book.db")
const share = BigDecimal.fromBigInt(1n)
const { request } = proposal({ quantity: share, type: "limit", limitPrice: BigDecimal.fromBigInt(100n) })
const batch = 500

/** Writes orders of the time `at`, the last `working` of them at the venue. */
const fill = Effect.fnUntraced(function* (count: number, working: number, at: bigint) {
  const store = yield* OrderStore
  for (let from = 0; from < count; from += batch) {
    yield* store.recordIntents(
      Array.from({ length: Math.min(batch, count - from) }, (_, one) => {
        const id = `o${from + one}`
        const intent = intendedOrder(id, id, request, at)
        const isWorking = from + one >= count - working
        const order = isWorking ? intent : { ...intent, sending: "dryRun" as const, status: "dry_run" as const }
        const reservation = {
          clientOrderId: id,
          symbol: request.symbol,
          side: request.side,
          quantity: share,
          price: BigDecimal.fromBigInt(100n),
          reduceOnly: false
        }
        return { order, reservation: isWorking ? reservation : undefined }
      })
    )
  }
})

/** Milliseconds until 10,000 orders, which were filled while nothing was heard, have their executions. */
const reconcile = Effect.gen(function* () {
  const count = 10_000
  const truth = emptyTruth()
  const at = instantOfMs(Date.now() - 10_000)
  const ms = yield* Effect.gen(function* () {
    yield* fill(count, count, at)
    const store = yield* OrderStore
    yield* Effect.forEach(
      Array.from({ length: count }, (_, one) => `o${one}`),
      (id) => store.applyFacts(id, [{ fact: { type: "sent" }, receivedAt: at, raw: "" }]),
      { concurrency: batch, discard: true }
    )
    for (let one = 0; one < count; one++) {
      const id = `o${one}`
      const brokerOrderId = `b${one}`
      const fact: ExecutionFact = {
        type: "execution",
        source: "reconciliation",
        brokerOrderId,
        executionId: `e${one}`,
        quantity: share,
        price: BigDecimal.fromBigInt(100n),
        at: at + BigInt(one)
      }
      truth.fills.push({ fact, symbol: request.symbol, raw: "{}" })
      truth.orders.push({
        clientOrderId: id,
        symbol: request.symbol,
        side: request.side,
        type: request.type,
        timeInForce: request.timeInForce,
        snapshot: {
          type: "snapshot",
          source: "reconciliation",
          brokerOrderId,
          status: "filled",
          quantity: share,
          filledQuantity: share,
          updatedAt: at + BigInt(one)
        },
        raw: "{}"
      })
    }
    truth.positions.set(request.symbol, BigDecimal.fromBigInt(BigInt(count)))
    const reconciler = yield* makeReconciler(defaultReconcilerSettings)
    const beganMs = performance.now()
    const { unexplained } = yield* reconciler.run("start")
    const tookMs = performance.now() - beganMs
    const left = yield* store.workingOrders
    if (left.length > 0 || unexplained.length > 0) throw new Error(`${left.length} orders work: not reconciled`)
    const again = yield* reconciler.run("interval")
    if (Object.keys(again.differences).length > 0) throw new Error("a second run found differences")
    return tookMs
  }).pipe(Effect.provide(reconWorld(truth, "live", path)))
  return { ms }
})

/** Milliseconds from the start of the program's parts to `reducing`, over 100,000 orders of which 1,000 work. */
const restart = Effect.gen(function* () {
  const venue = makeScriptedVenue()
  yield* Effect.scoped(
    Effect.provide(
      Effect.gen(function* () {
        const working = 1000
        const count = 100_000
        yield* fill(count, working, instantOfMs(Date.now() - 60_000))
        const store = yield* OrderStore
        for (let one = count - working; one < count; one++) {
          const order = yield* venue.venue.submit(`o${one}`, request)
          const facts = [{ type: "sent" } as const, order.snapshot]
          yield* store.applyFacts(
            `o${one}`,
            facts.map((fact) => ({ fact, receivedAt: instantOfMs(Date.now()), raw: "{}" }))
          )
        }
      }),
      openStore({ kind: "sqlite", path })
    )
  )
  const beganMs = performance.now()
  const world = yield* startTradeWorld({ path, venue })
  while (world.reconciler.view() === "closed") yield* Effect.sleep(1)
  return { ms: performance.now() - beganMs }
})

const measured: Effect.Effect<object, unknown, Scope.Scope> = measure === "reconcile" ? reconcile : restart
console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(measured))))
process.exit(0)

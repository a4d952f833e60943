import { BigDecimal, Clock, Effect, Layer, Option, Stream } from "effect"
import { type Decimal, zero } from "../../../src/kernel/decimal.ts"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import { layer as sqlite } from "../../../src/platform/sql/sqlite-client.ts"
import { layer as storeLayer } from "../../../src/trading/adapters/store/order-store.ts"
import { layer as tradeEvents } from "../../../src/trading/application/trade-events.ts"
import type { ExecutionFact, SnapshotFact } from "../../../src/trading/domain/order/order-fact.ts"
import type { VenueOrder } from "../../../src/trading/domain/order/venue-order.ts"
import type { Split } from "../../../src/trading/domain/reconcile/compare-positions.ts"
import { CorporateActions } from "../../../src/trading/ports/corporate-actions.ts"
import { OrderActors } from "../../../src/trading/ports/order-actors.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { TradeMode } from "../../../src/trading/ports/trade-conditions.ts"
import { Venue, VenueError, VenueOutcomeUnknown } from "../../../src/trading/ports/venue.ts"

/** What the venue has, as a test writes it. `down`: every request fails so. */
export interface VenueTruth {
  orders: Array<VenueOrder>
  fills: Array<{ readonly fact: ExecutionFact; readonly symbol: string; readonly raw: string }>
  positions: Map<string, Decimal>
  splits: Array<Split>
  /** The venue's clock minus this host's, milliseconds. */
  aheadMs: number
  down: boolean
  /** The fill ledger gives a cursor with every page. */
  endlessFills: boolean
  /** Runs once, before the positions are read: what happens while a run is going on. */
  beforePositions: (() => void) | undefined
}

export const emptyTruth = (): VenueTruth => ({
  orders: [],
  fills: [],
  positions: new Map(),
  splits: [],
  aheadMs: 0,
  down: false,
  endlessFills: false,
  beforePositions: undefined
})

const working = new Set(["new", "partially_filled", "accepted", "pending_new"])

/** The truth of a test behind the port: lists, lookups, the fill ledger and positions, each as the venue has it now. */
const readVenue = (truth: VenueTruth): Layer.Layer<Venue | CorporateActions> => {
  const ask = <A>(read: () => A): Effect.Effect<A, VenueError> =>
    Effect.suspend(() =>
      truth.down
        ? Effect.fail(new VenueError({ reason: new VenueOutcomeUnknown({ cause: "down" }) }))
        : Effect.succeed(read())
    )
  const find = (holds: (order: VenueOrder) => boolean) => ask(() => Option.fromUndefinedOr(truth.orders.find(holds)))
  const never = Effect.die(new Error("a reconciliation sends nothing"))
  const venue = Venue.of({
    submit: () => never,
    cancel: () => never,
    replace: () => never,
    orderByClientId: (id) => find((order) => order.clientOrderId === id),
    orderById: (id) => find((order) => order.snapshot.brokerOrderId === id),
    openOrders: ask(() => truth.orders.filter(({ snapshot }) => working.has(snapshot.status))),
    ordersSince: (since) => ask(() => truth.orders.filter(({ snapshot }) => snapshot.updatedAt >= since)),
    fills: (after) =>
      ask(() => ({
        fills: truth.fills.filter(({ fact }) => fact.at > after),
        cursor: truth.endlessFills ? "more" : undefined
      })),
    positions: Effect.suspend(() => {
      truth.beforePositions?.()
      truth.beforePositions = undefined
      return ask(() =>
        [...truth.positions].map(([symbol, quantity]) => ({
          symbol,
          quantity,
          averagePrice: zero,
          marketPrice: undefined
        }))
      )
    }),
    account: never,
    time: Effect.flatMap(Clock.currentTimeMillis, (nowMs) => ask(() => instantOfMs(nowMs + truth.aheadMs))),
    tradingDays: () => never,
    updates: Stream.never,
    averageDailyVolume: () => never
  })
  return Layer.mergeAll(
    Layer.succeed(Venue, venue),
    Layer.succeed(CorporateActions, { splits: () => ask(() => truth.splits) })
  )
}

/** Books facts straight into the store, as the actors of orders do. */
const bookingActors = Layer.effect(
  OrderActors,
  Effect.map(OrderStore, (store) =>
    OrderActors.of({
      start: () => Effect.void,
      cancelAll: (ids) => Effect.succeed(ids.map(() => "ended" as const)),
      replace: () => Effect.succeed("ended" as const),
      replacementOf: () => undefined,
      working: () => undefined,
      allWorking: () => [],
      book: (id, facts) => Effect.map(Effect.orDie(store.applyFacts(id, facts)), Option.isSome)
    })
  )
)

/** A book in memory, the truth of a venue, and live trading. */
export const reconWorld = (truth: VenueTruth, configured: "dry" | "live" = "live", path = ":memory:") =>
  Layer.provideMerge(
    Layer.mergeAll(
      bookingActors,
      readVenue(truth),
      tradeEvents,
      Layer.succeed(TradeMode, { configured, armed: () => true })
    ),
    Layer.provide(storeLayer, Layer.fresh(sqlite({ path, busyTimeoutMs: 100 })))
  )

const shares = (count: number): Decimal => BigDecimal.fromBigInt(BigInt(count))

/** One order at the venue, with one execution for all that is filled. */
export const venueHas = (
  truth: VenueTruth,
  order: {
    readonly clientOrderId: string
    readonly id: string
    readonly quantity: number
    readonly filled: number
    readonly at: bigint
    readonly status?: string
  }
): void => {
  const { clientOrderId, id, quantity, filled, at } = order
  const snapshot: SnapshotFact = {
    type: "snapshot",
    source: "reconciliation",
    brokerOrderId: id,
    status: order.status ?? (filled === 0 ? "new" : filled === quantity ? "filled" : "partially_filled"),
    quantity: shares(quantity),
    filledQuantity: shares(filled),
    updatedAt: at
  }
  truth.orders = truth.orders.filter((one) => one.snapshot.brokerOrderId !== id)
  truth.orders.push({
    clientOrderId,
    symbol: "AAPL",
    side: "buy",
    type: "market",
    timeInForce: "day",
    snapshot,
    raw: "{}"
  })
  if (filled === 0) return
  truth.fills.push({
    fact: {
      type: "execution",
      source: "reconciliation",
      brokerOrderId: id,
      executionId: `e-${id}-${filled}`,
      quantity: shares(filled),
      price: shares(100),
      at
    },
    symbol: "AAPL",
    raw: "{}"
  })
}

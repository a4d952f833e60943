import { Context, Effect, Layer, Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { supervise } from "../../../actors/runtime/supervisor.ts"
import { layer as orderActors } from "../../../actors/trading/order-actors.ts"
import { defaultSettings, OrderSupervision } from "../../../actors/trading/order-supervision.ts"
import { makeTradeUpdates } from "../../../actors/trading/trade-updates-actor.ts"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import { layer as sqlite } from "../../../src/platform/sql/sqlite-client.ts"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { layer as limitBook } from "../../../src/trading/application/limits/limit-book.ts"
import { layer as orderDesk } from "../../../src/trading/application/orders/order-desk.ts"
import { layer as recentOrders } from "../../../src/trading/application/orders/recent-orders.ts"
import { layer as tradeEvents } from "../../../src/trading/application/trade-events.ts"
import { VenueReadings, layer as venueReadings } from "../../../src/trading/application/venue-readings.ts"
import type { OrderRequest } from "../../../src/trading/domain/order/order-request.ts"
import type { VenueOrder } from "../../../src/trading/domain/order/venue-order.ts"
import { OrderActors } from "../../../src/trading/ports/order-actors.ts"
import { OrderDesk } from "../../../src/trading/ports/order-desk.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { OrphanIntake } from "../../../src/trading/ports/orphan-intake.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { Reconciler, ReconciliationError } from "../../../src/trading/ports/reconciler.ts"
import { SafetyState } from "../../../src/trading/ports/safety-state.ts"
import { LimitBook, TradeMode, VenueWatch } from "../../../src/trading/ports/trade-conditions.ts"
import { type TradeEvent, TradeEvents } from "../../../src/trading/ports/trade-events.ts"
import { Venue } from "../../../src/trading/ports/venue.ts"
import { decimal, openView, proposal } from "./gate-view.ts"
import { makeScriptedVenue } from "./scripted-venue.ts"

export interface WorldOptions {
  readonly path?: string
  /** A database instead of SQLite at `path`. */
  readonly database?: Layer.Layer<SqlClient, unknown>
  readonly venue?: ReturnType<typeof makeScriptedVenue>
  readonly mode?: "dry" | "live"
  /** Armed when left out. */
  readonly armed?: () => boolean
  /** Between the program and its store. */
  readonly wrap?: (store: (typeof OrderStore)["Service"]) => (typeof OrderStore)["Service"]
  readonly settings?: Partial<typeof defaultSettings>
  /** This many reconciliations fail before one succeeds. */
  readonly failingReconciliations?: number
}

const unused = Effect.die(new Error("not used here"))

/** An order for AAPL at a limit, of which each has another nonce. */
export const limitOrder = (quantity: string, more: Partial<OrderRequest> = {}): OrderRequest =>
  proposal({ quantity: decimal(quantity), type: "limit", limitPrice: decimal("100"), ...more }).request

/** Yields until it holds: the actors of the world take their turns. Nothing waits for the clock. */
export const settled = Effect.fnUntraced(function* (what: string, holds: () => boolean) {
  for (let turn = 0; turn < 500; turn++) {
    if (holds()) return
    yield* Effect.yieldNow
  }
  return yield* Effect.die(new Error(`did not come about: ${what}`))
})

/** Gives every actor enough turns to have nothing left to do before the clock moves. */
export const idle = Effect.forEach(Array.from({ length: 60 }), () => Effect.yieldNow, { discard: true })

/** The order side of the daemon over a scripted venue, in its own scope: closing it is the end of the program. */
export const startWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const venue = options.venue ?? makeScriptedVenue()
  const { breakers, quotes, ...open } = openView()
  const safety = { killSwitch: open.killSwitch }
  const orphans: Array<VenueOrder> = []
  const runs: Array<string> = []
  const heard: Array<TradeEvent> = []
  const nowMs = yield* Effect.clockWith((clock) => Effect.succeed(() => clock.currentTimeMillisUnsafe()))
  const outside = Layer.mergeAll(
    Layer.succeed(Venue, venue.venue),
    Layer.succeed(SafetyState, {
      view: () => ({ ...safety, breakers }),
      killSwitch: unused,
      breaker: () => unused,
      breakers: unused,
      changeKillSwitch: () => unused,
      changeBreaker: () => unused,
      confirmMonitor: () => unused,
      monitorSilentMs: () => undefined,
      initialise: () => unused
    }),
    Layer.succeed(Quotes, {
      quote: (symbol) => {
        const quote = quotes.get(symbol)
        return quote === undefined ? undefined : { ...quote, at: instantOfMs(nowMs() - 100) }
      },
      want: () => Effect.void,
      release: () => Effect.void,
      averageDailyVolume: () => decimal("1000000")
    }),
    Layer.succeed(Reconciler, {
      status: unused,
      acceptPosition: () => unused,
      refreshQuarantine: Effect.void,
      suspect: () => undefined,
      quarantine: () => new Map(),
      view: () => "open",
      run: (trigger) =>
        Effect.suspend(() => {
          runs.push(trigger)
          if (runs.length <= (options.failingReconciliations ?? 0)) {
            return Effect.fail(new ReconciliationError({ message: "the venue does not answer" }))
          }
          return Effect.succeed({
            trigger,
            startedAtMs: 0,
            endedAtMs: 0,
            differences: {},
            adjustments: 0,
            unexplained: [],
            orphans: 0
          })
        }),
      forceComplete: () => unused,
      releaseOrphan: () => unused
    }),
    Layer.succeed(OrphanIntake, { found: (order) => Effect.sync(() => void orphans.push(order)) }),
    Layer.succeed(TradeMode, { configured: options.mode ?? "live", armed: () => options.armed?.() ?? true })
  )
  const store = orderStore.pipe(
    Layer.provide(options.database ?? Layer.fresh(sqlite({ path: options.path ?? ":memory:", busyTimeoutMs: 100 })))
  )
  const wrapped = Layer.effect(
    OrderStore,
    Effect.map(OrderStore, (own) => options.wrap?.(own) ?? own)
  ).pipe(Layer.provide(store))
  const parts = orderDesk.pipe(
    Layer.provideMerge(orderActors({ ...defaultSettings, ...options.settings })),
    Layer.provideMerge(Layer.mergeAll(limitBook(), recentOrders)),
    Layer.provideMerge(venueReadings()),
    Layer.provideMerge(Layer.mergeAll(tradeEvents, wrapped, outside))
  )
  const scope = yield* Scope.fork(yield* Effect.scope)
  const context = yield* Layer.buildWithScope(Layer.fresh(parts), scope)
  const events = Context.get(context, TradeEvents)
  events.subscribe((event) => void heard.push(event))
  const readings = Context.get(context, VenueReadings)
  readings.noteClock(0n)
  const account = yield* Effect.orDie(venue.venue.account)
  readings.noteAccount(account)
  const updates = yield* Effect.provideContext(makeTradeUpdates(), context)
  const supervision = Context.get(context, OrderSupervision)
  yield* Effect.forkIn(
    supervise(
      {
        name: "root",
        strategy: "one_for_one",
        limit: { restartsMax: 10, periodMs: 60_000 },
        backoff: { baseMs: 100, capMs: 1000 },
        healthyAfterMs: 30_000
      },
      [
        { id: "orders", kind: "supervisor", start: supervision.body },
        { id: "trade-updates", start: updates.body }
      ]
    ),
    scope
  )
  yield* idle
  return {
    venue,
    /** What the gate sees; a test closes it. */
    safety,
    orphans,
    runs,
    heard,
    events,
    readings,
    watch: Context.get(context, VenueWatch),
    updates,
    supervision,
    desk: Context.get(context, OrderDesk),
    actors: Context.get(context, OrderActors),
    store: Context.get(context, OrderStore),
    limits: Context.get(context, LimitBook),
    stateOf: (clientOrderId: string) => supervision.states().get(clientOrderId),
    /** The program ends, as by a kill: nothing is said goodbye to. */
    end: Scope.close(scope, { _tag: "Success", value: undefined } as never)
  }
})

/** The options of a request under its own id. */
export const entry = (id: string) => ({ clientOrderId: id, reduceOnly: false, by: "test" })

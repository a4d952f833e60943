import { Context, Effect, Exit, Layer, Scope } from "effect"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import { layer as sqlite } from "../../../src/platform/sql/sqlite-client.ts"
import { MemorySafetyStore } from "../../../src/trading/adapters/memory/safety-bucket.ts"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { defaultTradeSettings } from "../../../src/trading/layers/default-settings.ts"
import {
  BesideOrders,
  TradeLog,
  TradeRegistry,
  TradeSettings,
  type TradeSettingsShape
} from "../../../src/trading/layers/lowest.ts"
import { tradeLayers } from "../../../src/trading/layers/trade-layers.ts"
import { TradeActors, TradeTree } from "../../../src/trading/layers/tree-layer.ts"
import { Arming } from "../../../src/trading/ports/arming.ts"
import { CorporateActions } from "../../../src/trading/ports/corporate-actions.ts"
import { EventNotStored, EventPublisher } from "../../../src/trading/ports/event-publisher.ts"
import { OrderDesk } from "../../../src/trading/ports/order-desk.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { Reconciler } from "../../../src/trading/ports/reconciler.ts"
import { Safety } from "../../../src/trading/ports/safety.ts"
import { LimitBook } from "../../../src/trading/ports/trade-conditions.ts"
import { type TradeEvent, TradeEvents } from "../../../src/trading/ports/trade-events.ts"
import { Venue } from "../../../src/trading/ports/venue.ts"
import { VenueHealth } from "../../../src/trading/ports/venue-health.ts"
import { decimal } from "./gate-view.ts"
import { makeScriptedVenue } from "./scripted-venue.ts"

export interface TradeWorldOptions {
  readonly settings?: Partial<TradeSettingsShape>
  /** Of an earlier program: they outlive it. */
  readonly path?: string
  readonly venue?: ReturnType<typeof makeScriptedVenue>
  readonly safetyStore?: MemorySafetyStore
}

/** The whole trading daemon as it ships, over a scripted venue, SQLite, and a broker in memory. */
export const startTradeWorld = Effect.fnUntraced(function* (options: TradeWorldOptions = {}) {
  const venue = options.venue ?? makeScriptedVenue()
  const safetyStore = options.safetyStore ?? new MemorySafetyStore()
  const published: Array<{ readonly subject: string; readonly messageId: string }> = []
  const broker = { isUp: true }
  const wanted = new Set<string>()
  const lines: Array<string> = []
  const nowMs = yield* Effect.clockWith((clock) => Effect.succeed(() => clock.currentTimeMillisUnsafe()))
  const settings: TradeSettingsShape = {
    ...defaultTradeSettings,
    instance: "test",
    mode: "live",
    process: { run: "r1", host: "h", pid: 1 },
    ...options.settings
  }
  const publisher = EventPublisher.of({
    publish: ({ messageId, subject }) =>
      Effect.suspend(() => {
        if (!broker.isUp) return Effect.fail(new EventNotStored({ message: "the broker is away" }))
        published.push({ messageId, subject })
        return Effect.void
      })
  })
  const quotes = Quotes.of({
    quote: (symbol) =>
      wanted.has(symbol)
        ? { bid: decimal("99.99"), ask: decimal("100.01"), at: instantOfMs(nowMs() - 100), taint: "" }
        : undefined,
    averageDailyVolume: (symbol) => (wanted.has(symbol) ? decimal("1000000") : undefined),
    want: (symbol) => Effect.sync(() => void wanted.add(symbol)),
    release: (symbol) => Effect.sync(() => void wanted.delete(symbol))
  })
  const lowest = Layer.mergeAll(
    Layer.succeed(TradeSettings, settings),
    Layer.succeed(TradeLog, { write: (_, message) => void lines.push(message) }),
    TradeRegistry.layer,
    Layer.succeed(Venue, venue.venue),
    Layer.succeed(CorporateActions, { splits: () => Effect.succeed([]) }),
    orderStore.pipe(Layer.provide(Layer.fresh(sqlite({ path: options.path ?? ":memory:", busyTimeoutMs: 100 })))),
    safetyStore.layer,
    Layer.succeed(EventPublisher, publisher)
  )
  const nothing = undefined
  const beside = Layer.succeed(BesideOrders, {
    telemetry: nothing,
    broker: nothing,
    simulatedVenue: nothing,
    journal: nothing,
    natsLink: nothing,
    httpApi: nothing,
    control: nothing
  })
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layers = tradeLayers({ lowest, quotes: Layer.succeed(Quotes, quotes), beside })
  const built = yield* Layer.buildWithScope(Layer.fresh(layers), scope)
  const events = Context.get(built, TradeEvents)
  const heard: Array<TradeEvent> = []
  events.subscribe((event) => void heard.push(event))
  yield* Effect.forkIn(Context.get(built, TradeTree).run(Effect.void), scope)
  return {
    venue,
    safetyStore,
    published,
    broker,
    wanted,
    lines,
    heard,
    actors: Context.get(built, TradeActors),
    arming: Context.get(built, Arming),
    limits: Context.get(built, LimitBook),
    health: Context.get(built, VenueHealth),
    orders: Context.get(built, OrderDesk),
    reconciler: Context.get(built, Reconciler),
    registry: Context.get(built, TradeRegistry),
    safety: Context.get(built, Safety),
    store: Context.get(built, OrderStore),
    /** Every service of the daemon, for what stands beside the way of orders. */
    context: built,
    /** The program ends, as by a kill. */
    end: Scope.close(scope, Exit.void)
  }
})

// The trading program without its process: the layers that ship, over the real adapter, a SQLite file and a safety
// bucket. A test gives the wire to the venue.
import { Clock, Context, Effect, Exit, Layer, Scope } from "effect"
import type { HttpClient } from "effect/http/HttpClient"
import { OrderSupervision } from "../../../actors/trading/order-supervision.ts"
import { layer as sqlite } from "../../../src/platform/sql/sqlite-client.ts"
import { AlpacaCounts } from "../../../src/trading/adapters/alpaca/counts.ts"
import type { OpenSocket } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { layer as alpacaQuotes } from "../../../src/trading/adapters/alpaca/quotes/quotes.ts"
import { layer as corporateActions } from "../../../src/trading/adapters/alpaca/rest/corporate-actions.ts"
import type { AlpacaSettings } from "../../../src/trading/adapters/alpaca/settings.ts"
import { layer as alpaca } from "../../../src/trading/adapters/alpaca/venue.ts"
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
import { EventPublisher } from "../../../src/trading/ports/event-publisher.ts"
import { OrderActors } from "../../../src/trading/ports/order-actors.ts"
import { OrderDesk } from "../../../src/trading/ports/order-desk.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { Reconciler } from "../../../src/trading/ports/reconciler.ts"
import { Safety } from "../../../src/trading/ports/safety.ts"
import type { SafetyBucket } from "../../../src/trading/ports/safety-bucket.ts"
import { SafetyState } from "../../../src/trading/ports/safety-state.ts"
import { LimitBook, VenueWatch } from "../../../src/trading/ports/trade-conditions.ts"
import { type TradeEvent, TradeEvents } from "../../../src/trading/ports/trade-events.ts"
import { VenueHealth } from "../../../src/trading/ports/venue-health.ts"

/** Milliseconds throughout: short, so that a scenario takes less than a second. */
const fast: Partial<TradeSettingsShape> = {
  orders: {
    ...defaultTradeSettings.orders,
    silence: { baseMs: 300, capMs: 1000 },
    lookup: { baseMs: 50, capMs: 200 },
    answerMs: 1000
  },
  updates: { parkMs: 100, again: { baseMs: 50, capMs: 200 } },
  poll: {
    ...defaultTradeSettings.poll,
    accountEveryMs: 200,
    clockEveryMs: 200,
    answerMs: 500,
    again: { baseMs: 50, capMs: 200 }
  },
  reconciliation: { ...defaultTradeSettings.reconciliation, again: { baseMs: 50, capMs: 200 } },
  safety: { ...defaultTradeSettings.safety, lookEveryMs: 100 },
  quotes: { waitMs: 2000, followEveryMs: 200, symbols: [] }
}

type Settings = { readonly [Name in keyof TradeSettingsShape]?: Partial<TradeSettingsShape[Name]> }

export interface ProgramOptions {
  readonly alpaca: AlpacaSettings
  readonly wire: Layer.Layer<HttpClient | OpenSocket>
  readonly bucket: Layer.Layer<SafetyBucket>
  /** The file of the book. */
  readonly path: string
  /** Each group over its defaults. */
  readonly settings?: Settings
  /** Between the program and its store. */
  readonly wrapStore?: (store: OrderStore["Service"]) => OrderStore["Service"]
}

const settingsOf = (more: Settings = {}): TradeSettingsShape => {
  const all: Record<string, unknown> = {
    ...defaultTradeSettings,
    ...fast,
    instance: "test",
    mode: "live",
    process: { run: "r1", host: "h", pid: 1 }
  }
  for (const [name, value] of Object.entries(more)) {
    all[name] = typeof value === "object" ? { ...(all[name] as object), ...value } : value
  }
  return all as unknown as TradeSettingsShape
}

/** Starts the program in a scope of its own; to close that is the end of the program, as by a kill. */
export const startProgram = Effect.fnUntraced(function* (options: ProgramOptions) {
  const counts = new AlpacaCounts()
  const log: Array<string> = []
  const heard: Array<TradeEvent> = []
  const settings = settingsOf(options.settings)
  const store = Layer.effect(
    OrderStore,
    Effect.map(OrderStore, (own) => options.wrapStore?.(own) ?? own)
  ).pipe(Layer.provide(orderStore), Layer.provide(Layer.fresh(sqlite({ path: options.path, busyTimeoutMs: 100 }))))
  const lowest = Layer.mergeAll(
    Layer.succeed(TradeSettings, settings),
    Layer.succeed(TradeLog, { write: (_, message) => void log.push(message) }),
    TradeRegistry.layer,
    alpaca(options.alpaca, counts).pipe(Layer.provide(options.wire)),
    corporateActions(options.alpaca, counts).pipe(Layer.provide(options.wire)),
    store,
    options.bucket,
    Layer.succeed(EventPublisher, { publish: () => Effect.void })
  )
  const quotes = Layer.unwrap(
    Effect.map(VenueWatch, ({ exchangeNow }) => alpacaQuotes(options.alpaca, { counts, exchangeNow }))
  ).pipe(Layer.provide(options.wire))
  const none = undefined
  const beside = Layer.succeed(BesideOrders, {
    telemetry: none,
    broker: none,
    simulatedVenue: none,
    journal: none,
    natsLink: none,
    httpApi: none,
    control: none
  })
  const { currentTimeMillisUnsafe } = yield* Clock.clockWith(Effect.succeed)
  const scope = yield* Scope.fork(yield* Effect.scope)
  const context = yield* Layer.buildWithScope(Layer.fresh(tradeLayers({ lowest, quotes, beside })), scope)
  Context.get(context, TradeEvents).subscribe((event) => void heard.push(event))
  const restarts: Array<string> = []
  Context.get(context, TradeRegistry).onChange((change) => {
    if (change.type !== "supervisor" || change.event.type !== "restarting") return
    restarts.push(`${change.event.child}: ${change.event.reason}`)
  })
  yield* Effect.forkIn(Context.get(context, TradeTree).run(Effect.void), scope)
  return {
    desk: Context.get(context, OrderDesk),
    actors: Context.get(context, OrderActors),
    supervision: Context.get(context, OrderSupervision),
    store: Context.get(context, OrderStore),
    limits: Context.get(context, LimitBook),
    reconciler: Context.get(context, Reconciler),
    arming: Context.get(context, Arming),
    safety: Context.get(context, Safety),
    safetyState: Context.get(context, SafetyState),
    watch: Context.get(context, VenueWatch),
    health: Context.get(context, VenueHealth),
    quotes: Context.get(context, Quotes),
    running: Context.get(context, TradeActors),
    /** Every service of the program, for what stands beside the way of orders. */
    context,
    /** This host's wall clock, milliseconds. */
    nowMs: () => currentTimeMillisUnsafe(),
    counts,
    heard,
    /** Children that failed, and why. */
    restarts,
    log,
    end: Scope.close(scope, Exit.void)
  }
})

export type Program = Effect.Success<ReturnType<typeof startProgram>>

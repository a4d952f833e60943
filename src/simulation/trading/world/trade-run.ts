import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { Secret } from "../../../kernel/secret.ts"
import { layer as alpacaQuotes } from "../../../trading/adapters/alpaca/quotes/quotes.ts"
import { alpacaSettings, oneHostUrls } from "../../../trading/adapters/alpaca/settings.ts"
import { layer as alpacaVenue } from "../../../trading/adapters/alpaca/venue.ts"
import { layer as orderStore } from "../../../trading/adapters/store/order-store.ts"
import { defaultTradeSettings } from "../../../trading/layers/default-settings.ts"
import {
  BesideOrders,
  TradeLog,
  TradeRegistry,
  TradeSettings,
  type TradeSettingsShape
} from "../../../trading/layers/lowest.ts"
import { tradeLayers } from "../../../trading/layers/trade-layers.ts"
import { TradeTree } from "../../../trading/layers/tree-layer.ts"
import { CorporateActions } from "../../../trading/ports/corporate-actions.ts"
import { VenueWatch } from "../../../trading/ports/trade-conditions.ts"
import { VenueError, VenueOutcomeUnknown } from "../../../trading/ports/venue.ts"
import { simKeys } from "./sim-exchange.ts"
import type { TradeProcess } from "./trade-process.ts"
import { simSymbols, type TradeRun, type TradeWorld } from "./trade-world.ts"

/** What a seed changes in the settings that ship. */
const settingsOf = (seed: number, process: number): TradeSettingsShape => ({
  ...defaultTradeSettings,
  instance: "sim",
  mode: "live",
  process: { run: `run-${process}`, host: "sim", pid: process + 1 },
  // Fewer looks of the children that only wait: they are most of the events of a seed.
  safety: { ...defaultTradeSettings.safety, lookEveryMs: 1500 },
  outbox: { ...defaultTradeSettings.outbox, idleMs: 2000 },
  quotes: { ...defaultTradeSettings.quotes, followEveryMs: 5000, symbols: [...simSymbols] },
  reconciliation: { ...defaultTradeSettings.reconciliation, intervalMs: 60_000 },
  reconciler: { ...defaultTradeSettings.reconciler, graceMs: 40_000 },
  orders: { ...defaultTradeSettings.orders, graceMs: 40_000 },
  // In two seeds of three the venue's errors do not trip: the gate stays open through the faults.
  monitor: { ...defaultTradeSettings.monitor, venueErrorsInRow: seed % 3 === 0 ? 3 : 1_000_000 }
})

const urls = oneHostUrls("http://127.0.0.1:1")

const alpaca = ({ host }: TradeWorld) => {
  const shown = (right: string) => new Secret(undefined, () => (host.wrongKeys ? "withdrawn" : right))
  return {
    ...alpacaSettings(urls, {
      id: new Secret(Redacted.value(Redacted.make(simKeys.keyId))),
      secret: shown(simKeys.secret)
    })
  }
}

/** What the venue announced, over the same network as its other answers. */
const corporateActions = ({ exchange, network }: TradeWorld) =>
  Layer.succeed(
    CorporateActions,
    CorporateActions.of({
      splits: (from, to) =>
        Effect.gen(function* () {
          yield* Effect.sleep(5)
          if (network.state !== "up") {
            return yield* new VenueError({ reason: new VenueOutcomeUnknown({ cause: "no answer" }) })
          }
          return exchange.splits().filter(({ day }) => day >= from && day <= to)
        })
    })
  )

const lowest = (world: TradeWorld, process: TradeProcess) => {
  const { bucket, database, events, network, seed, trace } = world
  const settings = alpaca(world)
  const wire = network.layerFor(process)
  return Layer.mergeAll(
    Layer.succeed(TradeSettings, settingsOf(seed, process.number)),
    Layer.succeed(TradeLog, {
      write: (level, message) => trace.note("log", `${level} ${message.split("\n", 1)[0]}`)
    }),
    TradeRegistry.layer,
    alpacaVenue(settings).pipe(Layer.provideMerge(wire)),
    corporateActions(world),
    orderStore.pipe(Layer.provide(database.layerFor(process))),
    bucket.layerFor(process),
    events.layerFor(process)
  )
}

const nothingBeside = Layer.succeed(BesideOrders, {
  telemetry: undefined,
  broker: undefined,
  simulatedVenue: undefined,
  journal: undefined,
  natsLink: undefined,
  httpApi: undefined,
  control: undefined
})

/** Builds one daemon from the layers that ship, over the simulated world. Nothing of it runs before `tree`. */
export const makeTradeRun = Effect.fnUntraced(function* (
  world: TradeWorld,
  process: TradeProcess
): Effect.fn.Return<TradeRun, unknown, Scope.Scope> {
  const quotes = Layer.unwrap(Effect.map(VenueWatch, ({ exchangeNow }) => alpacaQuotes(alpaca(world), { exchangeNow })))
  const context = yield* Layer.build(tradeLayers({ lowest: lowest(world, process), quotes, beside: nothingBeside }))
  return {
    process,
    services: context,
    registry: Context.get(context, TradeRegistry),
    startedMs: process.nowMs,
    reconciledMs: undefined,
    forced: false,
    tree: Context.get(context, TradeTree).run(Effect.void)
  }
})

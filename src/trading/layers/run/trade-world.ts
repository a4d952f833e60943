import { join } from "node:path"
import { Effect, Layer } from "effect"
import { tradeEventsShape } from "../../../protocol/trading/streams.ts"
import { AlpacaCounts } from "../../adapters/alpaca/counts.ts"
import { OpenSocket, openWebSocket } from "../../adapters/alpaca/link/text-socket.ts"
import { layer as alpacaQuotes } from "../../adapters/alpaca/quotes/quotes.ts"
import { layer as alpacaActions } from "../../adapters/alpaca/rest/corporate-actions.ts"
import { fetchLayer } from "../../adapters/alpaca/rest/rest-client.ts"
import { layer as alpacaVenue } from "../../adapters/alpaca/venue.ts"
import { makeEventPublisher } from "../../adapters/jetstream/event-publisher.ts"
import { layer as gapRecords, notRead as gapsNotRead } from "../../adapters/market-gaps/market-gaps.ts"
import { noQuotes, noVenue } from "../../adapters/memory/no-venue.ts"
import { layer as safetyBucket } from "../../adapters/nats/late-safety-bucket.ts"
import { layer as openStore } from "../../adapters/store/open-store.ts"
import { gapTaint } from "../../application/quotes/gap-taint.ts"
import { EventPublisher } from "../../ports/event-publisher.ts"
import { VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeLog, TradeRegistry, TradeSettings } from "../lowest.ts"
import { besideLayer } from "./beside-layer.ts"
import { NatsLink, natsLinkLayer } from "./nats-link.ts"
import { type TradeDaemonOptions, TradeOptions } from "./trade-options.ts"

// The lowest layers of `tickd trade`: this host, Alpaca's API, a real broker and a real database.

const natsTimeoutMs = 2000
/** Well below the heartbeat of the view. */
const confirmEveryMs = 500
/** SQLite in the state folder, or PostgreSQL; of this program alone. */
const storeLayer = Layer.unwrap(
  Effect.map(TradeOptions, ({ config: { bookDir, database } }) =>
    openStore(
      database === undefined
        ? { kind: "sqlite", path: join(bookDir, "orders.db") }
        : { kind: "postgres", url: database }
    )
  )
)

const brokerLayer = Layer.unwrap(
  Effect.gen(function* () {
    const { connection } = yield* NatsLink
    const { replicas } = (yield* TradeOptions).config.nats
    return Layer.mergeAll(
      safetyBucket(connection, { replicas, timeoutMs: natsTimeoutMs, confirmEveryMs }),
      Layer.succeed(EventPublisher, makeEventPublisher(connection, { ...tradeEventsShape, num_replicas: replicas }))
    )
  })
)

/** Below the age of a quote that is still a price. */
const gapTimes = { confirmEveryMs: 1000, boundMs: 10_000 }
const marketGaps = Layer.unwrap(
  Effect.gen(function* () {
    const { marketEnvFile } = (yield* TradeOptions).config
    const log = yield* TradeLog
    if (marketEnvFile === undefined) return gapsNotRead
    return gapRecords({
      ...gapTimes,
      source: { environment: { envFile: marketEnvFile } },
      report: (problem) =>
        problem === undefined
          ? log.write("INFO", "the gap records of the market are known", { event: "gap_records_known" })
          : log.write("WARNING", `${problem}; contracts of CTP exchanges take no entries`, {
              event: "gap_records_unknown"
            })
    })
  })
)

const wires = Layer.mergeAll(fetchLayer, Layer.succeed(OpenSocket, openWebSocket))

/** What `tickd trade` and its demo give to the shared layers. */
export const tradeWorld = (options: TradeDaemonOptions) => {
  const { venue } = options.config
  const counts = new AlpacaCounts()
  const venueLayer =
    venue === undefined
      ? noVenue
      : Layer.mergeAll(alpacaVenue(venue, counts), alpacaActions(venue, counts)).pipe(Layer.provide(wires))
  const venueQuotes =
    venue === undefined
      ? noQuotes
      : Layer.unwrap(Effect.map(VenueWatch, ({ exchangeNow }) => alpacaQuotes(venue, { counts, exchangeNow }))).pipe(
          Layer.provide(wires)
        )
  const quotes = gapTaint.pipe(Layer.provide(marketGaps), Layer.provide(venueQuotes))
  return {
    lowest: Layer.mergeAll(venueLayer, storeLayer, brokerLayer).pipe(
      Layer.provideMerge(natsLinkLayer),
      Layer.provideMerge(
        Layer.mergeAll(
          Layer.succeed(TradeOptions, options),
          Layer.succeed(TradeSettings, options.config.settings),
          Layer.succeed(TradeLog, { write: options.log.write }),
          TradeRegistry.layer
        )
      )
    ),
    quotes,
    beside: besideLayer
  }
}

import { Effect, Layer } from "effect"
import { countedVenue, findingsLayer } from "../application/safety/venue-health.ts"
import { layer as tradeEvents } from "../application/trade-events.ts"
import { layer as venueReadings } from "../application/venue-readings.ts"
import { TradeSettings } from "./lowest.ts"

const readingsLayer = Layer.unwrap(Effect.map(TradeSettings, ({ readings }) => venueReadings(readings)))

/** The venue with its failures counted, what is known of it, and the event bus. */
export const venueLayer = Layer.mergeAll(readingsLayer, countedVenue, findingsLayer).pipe(
  Layer.provideMerge(tradeEvents)
)

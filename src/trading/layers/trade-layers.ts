import { Layer } from "effect"
import { layer as timedStore } from "../application/flow/timed-store.ts"
import type { Quotes } from "../ports/quotes.ts"
import { TradeFlow } from "../ports/trade-flow.ts"
import type { BesideOrders, Lowest } from "./lowest.ts"
import { ordersLayer } from "./orders-layer.ts"
import { actorsLayer, treeLayer } from "./tree-layer.ts"
import { venueLayer } from "./venue-layer.ts"

type VenueSide = Layer.Success<typeof venueLayer> | TradeFlow
/** Everything between the lowest layers and the children beside: what commands, API and metrics read and act on. */
export type Trading = VenueSide | Quotes | Layer.Success<typeof ordersLayer> | Layer.Success<typeof actorsLayer>

/** What differs between `tickd trade` and the simulation. */
export interface World<L, Q, B, E, QE, QR, BE, BR> {
  readonly lowest: Layer.Layer<Lowest | L, E>
  /** Above the venue, because quotes are aged by the venue's clock. */
  readonly quotes: Layer.Layer<Quotes | Q, QE, QR>
  /** The children beside the way of orders: telemetry, broker, journal, HTTP API, control. */
  readonly beside: Layer.Layer<BesideOrders | B, BE, BR>
}

/**
 * The one list of layers that a trading daemon is, from the top down. `tickd trade` ships it and the simulation runs
 * it; a world gives the lowest ones, the quotes, and what stands beside. Each layer is built once, from the bottom up.
 */
export const tradeLayers = <L, Q, B, E, QE, QR extends Lowest | L | VenueSide, BE, BR extends Lowest | L | Q | Trading>(
  world: World<L, Q, B, E, QE, QR, BE, BR>
) =>
  treeLayer.pipe(
    Layer.provideMerge(world.beside),
    Layer.provideMerge(actorsLayer),
    Layer.provideMerge(ordersLayer),
    Layer.provideMerge(world.quotes),
    Layer.provideMerge(venueLayer),
    // Below every part that reads or writes orders.
    Layer.provideMerge(timedStore),
    Layer.provideMerge(TradeFlow.layer),
    Layer.provideMerge(world.lowest)
  )

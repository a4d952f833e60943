import { Layer } from "effect"
import { waitLayer } from "./causes/wait-layer.ts"
import { failoverLayer } from "./failover/failover-layer.ts"
import { feedsLayer } from "./feeds/feeds-layer.ts"
import { intakeLayer } from "./feeds/intake-layer.ts"
import { integrityLayer } from "./integrity/integrity-layer.ts"
import { machinesLayer } from "./journal/machines-layer.ts"
import type { BesideLine, Health, Lowest } from "./lowest.ts"
import { publishLayer } from "./publish/publish-layer.ts"
import { readinessLayer } from "./status/readiness-layer.ts"
import { type Status, statusLayer } from "./status/status-layer.ts"
import { treeLayer } from "./tree-layer.ts"

/** The line, from the ring to the stream, with what watches it. */
const lineLayer = failoverLayer.pipe(
  Layer.provideMerge(machinesLayer),
  Layer.provideMerge(readinessLayer),
  Layer.provideMerge(publishLayer),
  Layer.provideMerge(intakeLayer),
  Layer.provideMerge(integrityLayer),
  Layer.provideMerge(waitLayer)
)
type Line = Layer.Success<typeof lineLayer>

/** What differs between `tickd run` and the simulation. */
export interface World<L, H, B, E, HR, BR> {
  readonly lowest: Layer.Layer<Lowest | L, E>
  /** Looks for silence and repairs it. */
  readonly health: Layer.Layer<Health | H, never, HR>
  /** The children beside the line: telemetry, journal, control, contracts. */
  readonly beside: Layer.Layer<BesideLine | B, never, BR>
}

/**
 * The one list of layers that a daemon is, from the top down. `tickd run` ships it and the simulation runs it; a world
 * gives the lowest ones and the two that stand beside the line. Each layer is built once, from the bottom up.
 */
export const daemonLayers = <
  L,
  H,
  B,
  E,
  HR extends Lowest | L | Line,
  BR extends Lowest | L | Line | Health | H | Status
>(
  world: World<L, H, B, E, HR, BR>
) =>
  treeLayer.pipe(
    Layer.provideMerge(feedsLayer),
    Layer.provideMerge(world.beside),
    Layer.provideMerge(statusLayer),
    Layer.provideMerge(world.health),
    Layer.provideMerge(lineLayer),
    Layer.provideMerge(world.lowest)
  )

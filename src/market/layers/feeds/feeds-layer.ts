import { Context, Effect, Layer } from "effect"
import type { MarketFrontParts } from "../../../../actors/market/supervision-tree.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Machines } from "../journal/machines-layer.ts"
import { DaemonRegistry, FeedLines, Host, Settings, States } from "../lowest.ts"
import { makeFeedChildren } from "./feed-children.ts"

/** Worker and session of each feed, for the tree. */
export class FeedChildren extends Context.Service<FeedChildren, ReadonlyArray<MarketFrontParts>>()(
  "tickd/market/FeedChildren"
) {}

export const feedsLayer = Layer.effect(
  FeedChildren,
  Effect.gen(function* () {
    const { feeds } = yield* FeedLines
    const { nowMs } = yield* Host
    const { phases } = yield* Machines
    const shared = {
      settings: yield* Settings,
      registry: yield* DaemonRegistry,
      events: yield* DaemonEvents,
      states: yield* States
    }
    return feeds.map((line) => makeFeedChildren(line, { ...shared, phases, nowMs }))
  })
)

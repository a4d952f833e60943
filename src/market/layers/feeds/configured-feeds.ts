import { Context, Effect, Layer } from "effect"
import { DaemonEvents } from "../events/daemon-events.ts"
import { FeedLines, TickBuffers } from "../lowest.ts"
import { Options } from "../run-options.ts"
import { type FeedParts, makeFeedParts } from "./feed-line.ts"

/** The feeds of the configuration, with what operators reach of them: each over a worker process and shared memory. */
export class ConfiguredFeeds extends Context.Service<ConfiguredFeeds, ReadonlyArray<FeedParts>>()(
  "tickd/market/ConfiguredFeeds"
) {
  static readonly layer = Layer.effect(
    ConfiguredFeeds,
    Effect.gen(function* () {
      const { config, instruments, waiting, workerBinary, workerEnv } = yield* Options
      const { directory } = yield* TickBuffers
      const events = yield* DaemonEvents
      return yield* Effect.forEach(config.ctp.profiles, (profile, index) =>
        waiting.until(
          "ring",
          makeFeedParts({ config, profile, index, workerBinary, workerEnv, asking: { instruments, directory }, events })
        )
      )
    })
  )
}

export const feedLinesLayer = Layer.effect(
  FeedLines,
  Effect.gen(function* () {
    const { catalogue, config } = yield* Options
    const feeds = yield* ConfiguredFeeds
    return {
      feeds,
      isPair: feeds.length > 1,
      isListMissing: () => config.instruments.length === 0 && catalogue?.isMissing() === true
    }
  })
)

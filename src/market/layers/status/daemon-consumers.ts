import { Effect } from "effect"
import { makeConsumerBacklogs } from "../../../client/consumer-registry.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { connectionOf } from "../../../platform/nats/nats-settings.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import type { Config } from "../../config/config.ts"
import type { Broker } from "../publish/broker.ts"

/** Who reads the stored ticks of this daemon's stream, for its metrics. */
export const consumersOf = (options: {
  readonly config: Config
  readonly broker: Broker
  readonly isLinkUp: () => boolean
}) => {
  const { config, broker } = options
  return makeConsumerBacklogs({
    stream: config.tick.stream,
    linkUp: options.isLinkUp,
    // Asked for each time: an embedded server's port is known once it runs.
    connect: Effect.suspend(() =>
      connectNats({
        ...connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} consumers` }),
        reconnect: false
      })
    ),
    monotonicMs
  })
}

import { Effect } from "effect"
import { closeConnection } from "../../../client/connection.ts"
import { certificateEnds } from "../../../platform/nats/certificate-ends.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { connectionOf } from "../../../platform/nats/nats-settings.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import { makePolled } from "../../../platform/process/polled.ts"
import { eventStreamName, integrityStream, quarantineStream } from "../../../protocol/control/stream-names.ts"
import { readStore } from "../../adapters/jetstream/store-reading.ts"
import type { Config } from "../../config/config.ts"
import type { Broker } from "../publish/broker.ts"

/** nats-server's documentation warns of frequent requests; a scrape usually has this interval. */
const storeEveryMs = 15_000
/** A certificate is renewed by hand, and each look is a connection. */
const certificatesEveryMs = 600_000

/** What the metrics show of the broker beside the ticks' own link: its store, and the certificates of its TLS. */
export const outsideReadings = (config: Config, broker: Broker) => {
  // Opened for each question: the ticks' connection belongs to the publisher.
  const question = Effect.scoped(
    Effect.gen(function* () {
      const name = `tickd ${config.instance} store`
      const options = { ...connectionOf(config.nats, { url: broker.url(), name }), reconnect: false }
      const connection = yield* Effect.acquireRelease(connectNats(options), closeConnection)
      const streams = [config.tick.stream, integrityStream, quarantineStream, eventStreamName]
      return yield* Effect.promise(() => readStore(connection, streams, broker.storeDir))
    })
  )
  const { tls } = config.nats
  const isSecure = tls !== undefined || /(^|,)\s*tls:\/\//i.test(broker.url())
  return {
    store: makePolled({ ask: () => Effect.runPromise(question), everyMs: storeEveryMs, monotonicMs }),
    certificates: isSecure
      ? makePolled({
          ask: () => certificateEnds(broker.url(), tls ?? {}),
          everyMs: certificatesEveryMs,
          monotonicMs
        })
      : undefined
  }
}

import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { Effect } from "effect"
import { makeAckedPublisher, type PublisherEvent } from "../adapters/jetstream/acked-publisher.ts"
import type { OpenLink } from "../adapters/jetstream/link.ts"
import { makeWriterFence, type WriterFence } from "../adapters/jetstream/writer-fence.ts"
import { connectNats, type NatsConnectionOptions } from "../adapters/nats/connect.ts"
import { makeTickSerializer } from "../adapters/serial/tick-serializer.ts"
import type { LedgerBook } from "../application/ledger.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { LatencyHistogram } from "../domain/latency-histogram.ts"
import { recordI32, word } from "../domain/tick-slab.ts"
import { TickPublisher } from "../ports/outbound/tick-publisher.ts"
import { tickOptions } from "../protocol/streams.ts"
import { makeTickSubjects } from "../protocol/subjects.ts"
import type { Config } from "./config.ts"

/** A tick's sequence number and its feed travel through the publisher as one number: exact up to 2^45 ticks of a feed. */
const feedsMax = 256

/** The `TickPublisher` port over JetStream: writes a record in the form of the stream, names its subject, hands both over. */
export const makeJetStreamTickPublisher = Effect.fnUntraced(function* (options: {
  readonly config: Config["tick"]
  /** Name of this daemon, told to whoever wants the stream too. */
  readonly instance: string
  readonly connection: () => NatsConnectionOptions
  readonly directory: InstrumentDirectory
  readonly feedNames: ReadonlyArray<string>
  readonly books: ReadonlyArray<LedgerBook>
  readonly latency: LatencyHistogram
  readonly monotonicMs: () => number
  readonly onEvent: (event: PublisherEvent) => void
  /** Replaces the connection to a real broker: the simulation's. */
  readonly openLink?: OpenLink
}) {
  const { books, latency, monotonicMs, directory } = options
  const subjects = yield* Effect.fromResult(makeTickSubjects(options.config.subjectTemplate))
  const serializer = makeTickSerializer(options.config.serializer, { directory, feedNames: options.feedNames })
  const fence = makeWriterFence({
    stream: options.config.stream,
    instance: options.instance,
    host: hostname(),
    pid: process.pid,
    run: randomBytes(8).toString("hex"),
    takeOver: options.config.takeOver ?? false
  })
  const acked = yield* makeAckedPublisher({
    connect: Effect.suspend(() => connectNats({ ...options.connection(), reconnect: false })),
    stream: tickOptions(options.config, subjects),
    fence,
    window: options.config.window,
    onStored: (stampMs, token, nowMs) => {
      latency.record(monotonicMs() - stampMs)
      const seq = Math.floor(token / feedsMax)
      ;(books[token - seq * feedsMax] as LedgerBook).stored(seq, nowMs)
    },
    onEvent: options.onEvent,
    ...(options.openLink === undefined ? {} : { openLink: options.openLink })
  })
  const publisher = TickPublisher.of({
    room: acked.room,
    send: (slab, row, feed) => {
      const instrument = directory.at(slab.u32[row * recordI32 + word.instrument] as number)
      if (instrument === undefined) throw new RangeError("a record without a known instrument reached the publisher")
      const written = serializer.write(slab, row, feed)
      // Bytes here, from Node's pool: the client library would give each string an allocation of its own, twice as slow.
      const payload = typeof written === "string" ? Buffer.from(written) : written
      acked.send(subjects.subjectOf(instrument), payload, slab.monotonicMs(row), slab.seq(row) * feedsMax + feed)
    },
    awaitRoom: acked.awaitRoom,
    drained: acked.drained,
    counts: acked.counts
  })
  return { publisher, run: acked.run, filter: subjects.filter, fence }
})

/** Runs beside the publisher while it has its epoch: whoever may not write ticks writes nothing about them either. */
export const underFence = <E, R>(fence: WriterFence, run: Effect.Effect<never, E, R>): Effect.Effect<never, E, R> =>
  Effect.andThen(fence.held, Effect.raceFirst(run, fence.whenLost)).pipe(Effect.andThen(Effect.never))

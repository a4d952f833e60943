import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import { recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import { connectNats, type NatsConnectError, type NatsConnectionOptions } from "../../../platform/nats/connect.ts"
import { tickOptions } from "../../../protocol/market/streams.ts"
import { makeTickSubjects } from "../../../protocol/market/subjects.ts"
import {
  type AckedPublisher,
  type AckedPublisherOptions,
  makeAckedPublisher
} from "../../adapters/jetstream/acked-publisher.ts"
import type { OpenLink } from "../../adapters/jetstream/link.ts"
import { makeSpoolingPublisher, type SpoolingPublisher } from "../../adapters/jetstream/spooling-publisher.ts"
import { makeWriterFence, type WriterFence, type WriterIdentity } from "../../adapters/jetstream/writer-fence.ts"
import { makeTickSerializer } from "../../adapters/serial/tick-serializer.ts"
import type { FileSpool } from "../../adapters/spool/file-spool.ts"
import { openSpool } from "../../adapters/spool/open-spool.ts"
import { openPreviousRuns } from "../../adapters/spool/previous-runs.ts"
import type { SpoolError } from "../../adapters/spool/spool-error.ts"
import { nodeFiles, type SpoolFiles } from "../../adapters/spool/spool-files.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { LineLatency } from "../../application/intake/line-latency.ts"
import { receivedMsOf } from "../../application/intake/tick-clock.ts"
import type { Config } from "../../config/config.ts"
import { TickPublisher } from "../../ports/tick-publisher.ts"
import type { SpoolDrop, SpoolOverflow } from "../../ports/tick-spool.ts"
import { ofOwnServer } from "../causes/waiting-streams.ts"
import type { EventBus } from "../events/daemon-events.ts"
import { makeFirstLook } from "./previous-run.ts"
import { makeLookBack } from "./stored-by-other.ts"

/** What the spool does when it is full, and what follows. */
export interface Spooling {
  readonly overflow: SpoolOverflow
  /**
   * Called with ticks that the spool gave up; `token` is the index of the feed. A plain call: a full spool gives up
   * thousands.
   */
  readonly giveUp: (drop: SpoolDrop) => void
  /** Age of the oldest tick in the queue, milliseconds. */
  readonly backlogMs: () => number
}

/** Below the state folder: which lives of the daemon have ended. */
const writerFolder = "writer"

/** The spool when the configuration has one; it is opened here and closed by the scope. */
const openConfigured = Effect.fnUntraced(function* (
  config: Config["tick"],
  contentType: string,
  events: EventBus,
  spooling: Spooling | undefined,
  files: SpoolFiles | undefined,
  run: string
): Effect.fn.Return<FileSpool | undefined, SpoolError, Scope.Scope> {
  if (config.spool === undefined) return undefined
  const { folder, maxBytes, fsync } = config.spool
  return yield* openSpool({
    ...(files === undefined ? {} : { files }),
    folder,
    maxBytes,
    fsync,
    identity: { stream: config.stream, contentType },
    newId: run,
    overflow: spooling?.overflow ?? "drop-newest",
    onEvent: (event) => events.publish({ type: "spool", event }),
    onDropped: (drop) => spooling?.giveUp(drop)
  })
})

const makePublisher = (
  afterMs: number,
  spool: FileSpool | undefined,
  events: EventBus,
  spooling: Spooling | undefined,
  options: AckedPublisherOptions
): Effect.Effect<AckedPublisher | SpoolingPublisher> => {
  if (spool === undefined) return makeAckedPublisher(options)
  return makeSpoolingPublisher({
    ...options,
    spool,
    afterMs,
    epoch: () => options.fence?.epoch(),
    onSpool: (event) => events.publish({ type: "spool", event }),
    ...(spooling === undefined ? {} : { onEarlierSuperseded: spooling.giveUp, backlogMs: spooling.backlogMs })
  })
}

/**
 * The `TickPublisher` port over JetStream: writes a record in the form of the stream, names its subject, hands both
 * over.
 */
export const makeJetStreamTickPublisher = Effect.fnUntraced(function* (options: {
  readonly config: Config["tick"]
  /** Name of this daemon, for the people who read which daemon has the stream. */
  readonly instance: string
  /** Folder that the lives of this daemon share; absent: the end of a previous run cannot be proven. */
  readonly stateDir?: string
  readonly connection: () => NatsConnectionOptions
  /** Succeeds when there is a server at the URL of `connection`; omit: always. */
  readonly whenUp?: Effect.Effect<void, NatsConnectError> | undefined
  /** Causes that end the publisher before it had its stream once; omit: all that only a person can change. */
  readonly endsAtStart?: (code: string) => boolean
  /** Repeats the opening of the spool until its folder can be had; omitted: the first failure is the end. */
  readonly untilOpen?: <A, R>(open: Effect.Effect<A, SpoolError, R>) => Effect.Effect<A, SpoolError, R>
  readonly directory: InstrumentDirectory
  readonly feedNames: ReadonlyArray<string>
  readonly ledgers: ReadonlyArray<TickLedger>
  readonly latency: LatencyHistogram
  /** Measures the hops; omit to disable. */
  readonly line?: LineLatency
  readonly monotonicMs: () => number
  readonly events: EventBus
  /** The server is a child of this daemon. */
  readonly isOwnServer?: boolean
  /** A tick is not sent: another daemon, which has left the stream now, stored it or a younger one. */
  readonly superseded?: (feed: number, feedSeq: number, receivedMs: number) => void
  /** What the spool of `config.spool` does when it is full; omit: it refuses. */
  readonly spooling?: Spooling
  /** Replaces the connection to a real broker: the simulation's. */
  readonly openLink?: OpenLink | undefined
  /** Replaces the disk of the spool, and which process of which host this is: the simulation's. */
  readonly spoolFiles?: SpoolFiles | undefined
  readonly process?: Pick<WriterIdentity, "host" | "pid" | "run"> | undefined
}) {
  const { ledgers, latency, line, monotonicMs, directory } = options
  const subjects = yield* Effect.fromResult(makeTickSubjects(options.config.subjectTemplate))
  const serializer = makeTickSerializer(options.config.serializer, { directory, feedNames: options.feedNames })
  const { config, events, feedNames, spooling } = options
  const who = options.process ?? { host: hostname(), pid: process.pid, run: randomBytes(8).toString("hex") }
  const open = openConfigured(config, serializer.contentType, events, spooling, options.spoolFiles, who.run)
  const spool = yield* options.untilOpen?.(open) ?? open
  const { stateDir } = options
  const lives =
    stateDir === undefined
      ? undefined
      : yield* openPreviousRuns({
          files: options.spoolFiles ?? nodeFiles,
          folder: join(stateDir, writerFolder),
          run: who.run
        })
  const fence = makeWriterFence({
    stream: config.stream,
    instance: options.instance,
    ...who,
    ...(spool?.id === undefined ? {} : { spool: spool.id }),
    ...(lives?.home === undefined ? {} : { home: lives.home }),
    hasEnded: ({ run }) => lives?.hasEnded(run) === true,
    takeOver: config.takeOver ?? false
  })
  const firstLook = makeFirstLook({ feedNames, fence, spool, events })
  const acked = yield* makePublisher(config.spool?.afterMs ?? 0, spool, events, spooling, {
    firstLook,
    lookBack: makeLookBack({ directory, subjects }),
    connect: Effect.andThen(
      options.whenUp ?? Effect.void,
      Effect.suspend(() => connectNats({ ...options.connection(), reconnect: false }))
    ),
    ...(options.endsAtStart === undefined ? {} : { endsAtStart: options.endsAtStart }),
    stream: tickOptions(options.config, subjects),
    fence,
    window: options.config.window,
    onStored: (stampMs, feed, nowMs, feedSeq) => {
      const ackedMs = monotonicMs()
      latency.record(ackedMs - stampMs)
      line?.stored(feed, feedSeq, ackedMs)
      ;(ledgers[feed] as TickLedger).stored(feedSeq, nowMs)
    },
    onSuperseded: (feed, feedSeq, receivedMs) => {
      ;(ledgers[feed] as TickLedger).giveUpRetained(1)
      options.superseded?.(feed, feedSeq, receivedMs)
    },
    onEvent: (event) =>
      events.publish({ type: "publisher", event: options.isOwnServer === true ? ofOwnServer(event) : event }),
    ...(options.openLink === undefined ? {} : { openLink: options.openLink })
  })
  const spooled = "keep" in acked ? acked : undefined
  const publisher = TickPublisher.of({
    room: acked.room,
    send: (slab, row, feed) => {
      const instrument = directory.at(slab.u32[row * recordI32 + word.instrument] as number)
      if (instrument === undefined) throw new RangeError("a record without a known instrument reached the publisher")
      const payload = serializer.write(slab, row, feed)
      const subject = subjects.subjectOf(instrument)
      acked.send(subject, payload, slab.monotonicMs(row), feed, slab.seq(row), receivedMsOf(slab, row))
    },
    awaitRoom: acked.awaitRoom,
    drained: acked.drained,
    counts: acked.counts
  })
  return { publisher, run: acked.run, filter: subjects.filter, fence, spool: spooled }
})

/**
 * Runs beside the publisher while it has its epoch: a daemon that may not write ticks writes nothing about them
 * either.
 */
export const underFence = <E, R>(fence: WriterFence, run: Effect.Effect<never, E, R>): Effect.Effect<never, E, R> =>
  Effect.forever(Effect.andThen(fence.held, Effect.raceFirst(run, fence.whenLost)))

import { Effect } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { NatsConnectError, NatsConnectionOptions } from "../../../platform/nats/connect.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { OpenLink } from "../../adapters/jetstream/link.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { PreviousRunOf } from "../../application/integrity/daemon-down.ts"
import { makeFeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import { GapCover } from "../../application/integrity/gap-cover.ts"
import { drainOutbox, Outbox, runOutbox } from "../../application/publish/outbox.ts"
import { IntegrityPublisher } from "../../ports/integrity-publisher.ts"
import type { DaemonEvent, EventBus } from "../events/daemon-events.ts"
import { makeJetStreamIntegrityPublisher } from "./integrity-publisher.ts"

/** Events that wait while the broker is away: 320 bytes and an object each, some 10 MB when full. */
const outboxEvents = 20_000
/** How long a stop waits for the integrity, after the ticks themselves. */
const drainMs = 2000

/** Puts the integrity of the line together: quarantine, gaps and certificates, from the intake to their streams. */
export const makeIntegrityLine = Effect.fnUntraced(function* (options: {
  readonly instance: string
  readonly ledgers: ReadonlyArray<TickLedger>
  readonly directory: InstrumentDirectory
  readonly hours: PhaseSource
  /** Silence in trading hours that is a fault, milliseconds; 0: never one. */
  readonly silenceMs: number
  readonly phaseAt: (nowMs: number) => MarketPhase
  /** When the phase changes next; omit: never. */
  readonly nextChangeMs?: (afterMs: number) => number
  /**
   * Whether the front sends all that is wanted of the feed, where several are arbitrated; omit it for a single feed.
   */
  readonly isWhole?: (feed: number) => boolean
  /** The feed is held back on purpose; omit: none is. */
  readonly isHeld?: (feed: number) => boolean
  /** Liquid instruments of the feed trade now; omit: no gap is counted as theirs. */
  readonly isLiquidNow?: (feed: string) => boolean
  readonly replicas?: number | undefined
  /** `what` names the connection to the server. */
  readonly connection: (what: string) => NatsConnectionOptions
  readonly whenUp?: Effect.Effect<void, NatsConnectError>
  readonly events: EventBus
  readonly nowMs: () => number
  /** Looks that are due together with the integrity's, some times a second. */
  readonly looks?: ReadonlyArray<() => void>
  /** Replaces the connections to a real broker, and the list of what waits for it: the simulation's. */
  readonly openLink?: ((stream: string) => OpenLink) | undefined
  readonly outbox?: Outbox
}) {
  const { ledgers, nowMs } = options
  const outbox = options.outbox ?? new Outbox(outboxEvents)
  const { isLiquidNow } = options
  const feeds = ledgers.map((ledger) =>
    makeFeedIntegrity({
      instance: options.instance,
      ledger,
      directory: options.directory,
      hours: options.hours,
      outbox,
      silenceMs: options.silenceMs,
      phaseAt: options.phaseAt,
      nextChangeMs: options.nextChangeMs,
      isLiquidNow: isLiquidNow && (() => isLiquidNow(ledger.feed))
    })
  )
  const trackers = feeds.map(({ gaps }) => gaps)
  const cover = options.isWhole === undefined ? undefined : new GapCover(trackers, options.isWhole)
  const jetstream = yield* makeJetStreamIntegrityPublisher({
    replicas: options.replicas,
    connection: options.connection,
    ...(options.whenUp === undefined ? {} : { whenUp: options.whenUp }),
    events: options.events,
    openLink: options.openLink
  })
  const provided = Effect.provideService(IntegrityPublisher, jetstream.publisher)
  let isStopping = false
  let isClosed = false

  const look = () => {
    if (!isClosed) {
      for (const feed of feeds) feed.look(nowMs())
      cover?.look(nowMs())
    }
    for (const also of options.looks ?? []) also()
  }
  const close = () => {
    isClosed = true
    for (const feed of feeds) {
      feed.stop(nowMs())
      feed.gaps.end()
    }
  }
  /** The ticks of several feeds share a store. When a part of it is lost, the share of each feed is unknown. */
  const storeLost = (gone: number) => {
    const had = ledgers.reduce((sum, { keptInStore }) => sum + keptInStore.count, 0)
    for (const [at, feed] of feeds.entries()) {
      const of = gone >= had ? ledgers[at]?.keptInStore.count : feeds.length === 1 ? gone : undefined
      feed.storeLost(of, nowMs())
    }
  }

  const hearPublisher = (event: PublisherEvent) => {
    if (event.type === "linkUp") for (const { gaps } of feeds) gaps.broker("up", nowMs())
    else if (event.type === "linkDown") for (const { gaps } of feeds) gaps.broker("down", nowMs())
    else if (event.type === "storeLost" && event.acknowledgedGone > 0) storeLost(event.acknowledgedGone)
  }
  /** How far the previous run came, by the stream and the spool. A feed that is held back on purpose misses nothing. */
  const hearPreviousRun = (former: PreviousRunOf) => {
    for (const [at, { followed }] of feeds.entries()) {
      const run = options.isHeld?.(at) === true ? undefined : former(at)
      if (run !== undefined) followed(run, nowMs())
    }
  }

  return {
    feeds,
    counts: () => ({
      waiting: outbox.waiting,
      stored: jetstream.stored(),
      dropped: outbox.dropped,
      omitted: outbox.omitted
    }),
    hear: (event: DaemonEvent): void => {
      if (event.type === "publisher") hearPublisher(event.event)
      else if (event.type === "previousRun") hearPreviousRun(event.former)
      else if (event.type === "supervisor") {
        const { event: news } = event
        // Children of the root are interrupted only when the root stops; a line alone may be stopped and started anew.
        if (news.type === "ended" && news.how === "interrupted" && news.supervisor === "root") isStopping = true
      }
    },
    /** The links and the outbox, for ever. */
    run: Effect.raceFirst(jetstream.run, runOutbox(outbox, look).pipe(provided)),
    /** Once `publisher` has drained for a stop, the integrity is closed and drained too, while the links still run. */
    stopAfter:
      (publisher: Body): Body =>
      (ready) =>
        Effect.gen(function* () {
          // Finalizers run last in, first out: this one after the publisher's own drain.
          yield* Effect.addFinalizer((exit) =>
            Effect.suspend(() => {
              // One that crashes in a stop ends before its turn: ticks still come in, and the end of the tree closes.
              const isInTurn = exit._tag === "Failure" && exit.cause.reasons.every(({ _tag }) => _tag === "Interrupt")
              if (!isStopping || !isInTurn) {
                for (const feed of feeds) feed.interrupted(nowMs())
                return Effect.void
              }
              close()
              return drainOutbox(outbox, drainMs).pipe(provided)
            })
          )
          return yield* publisher(ready)
        }),
    /**
     * The tree has ended: what its last children left is recorded as well, if only in the count of dropped events.
     */
    closeAfter: <A, E, R>(tree: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.onExit(tree, () => Effect.sync(close))
  }
})

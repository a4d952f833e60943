import { Context, Effect, Layer } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { PublishOptions } from "../../application/publish/publish-ticks.ts"
import type { TickPublisher } from "../../ports/tick-publisher.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { publisherBody } from "../feeds/child-bodies.ts"
import { Intake } from "../feeds/intake-layer.ts"
import { makeUnwritable } from "../feeds/unwritable-ticks.ts"
import { Integrity, integrityOf } from "../integrity/integrity-layer.ts"
import { BrokerLinks, Causes, FeedLines, Host, Settings, TickBuffers } from "../lowest.ts"
import { makeJetStreamTickPublisher, underFence } from "./publisher.ts"
import { spoolingOf, supersededOf, unfinishedOf } from "./spool-line.ts"

type JetStream = Effect.Success<ReturnType<typeof makeJetStreamTickPublisher>>

/** From the queue to the stream: the publisher, its spool and its fence. */
export class Publish extends Context.Service<
  Publish,
  {
    readonly counts: TickPublisher["Service"]["counts"]
    readonly fence: JetStream["fence"]
    readonly spool: JetStream["spool"]
    /** What a drain and the end of the tree need. */
    readonly publishing: PublishOptions
    /** Ticks that are neither stored nor safe on disk. */
    readonly unfinished: () => number
    /** The children of the tree. */
    readonly natsLink: Body
    readonly publisher: Body
  }
>()("tickd/market/Publish") {}

export const publishLayer = Layer.effect(
  Publish,
  Effect.gen(function* () {
    const { instance, stateDir, tick } = yield* Settings
    const { monotonicMs, later, process, spoolFiles } = yield* Host
    const links = yield* BrokerLinks
    const { directory, inHand, latency, line, overflow, pool, queue } = yield* TickBuffers
    const { feeds } = yield* FeedLines
    const waiting = yield* Causes
    const events = yield* DaemonEvents
    const integrity = yield* Integrity
    const { arbiter } = yield* Intake
    const ledgers = feeds.map(({ ledger }) => ledger)
    const jetstream = yield* makeJetStreamTickPublisher({
      config: tick,
      instance,
      stateDir,
      connection: () => links.connection("ticks"),
      directory,
      feedNames: feeds.map(({ feed }) => feed),
      ledgers,
      latency,
      line,
      monotonicMs,
      whenUp: links.whenUp,
      isOwnServer: links.isOwnServer,
      endsAtStart: waiting.verdict.endsAtStart,
      untilOpen: (open) => waiting.until("spool", open),
      events,
      superseded: supersededOf(integrity.feeds),
      spooling: spoolingOf({ ledgers, feedIntegrity: integrity.feeds, overflow: overflow.policy, queue, monotonicMs }),
      openLink: links.openTicks,
      spoolFiles,
      process
    })
    const { fence, spool } = jetstream
    const publishing: PublishOptions = {
      queue,
      pool,
      ledgers,
      inHand,
      latency: { line, monotonicMs },
      onUnwritable: makeUnwritable({
        feeds: feeds.map(({ feed, index }) => ({ feed, integrity: integrityOf(integrity, index) })),
        directory,
        monotonicMs,
        events,
        arbiter,
        later
      }),
      keep: spool?.keep
    }
    const publisher = links.tap?.(jetstream.publisher) ?? jetstream.publisher
    let looked = false
    return Publish.of({
      counts: jetstream.publisher.counts,
      fence,
      spool,
      publishing,
      unfinished: () => unfinishedOf(jetstream) + queue.depth(),
      natsLink: (ready) =>
        Effect.gen(function* () {
          if (!looked) yield* links.looks?.first ?? Effect.void
          looked = true
          yield* Effect.addFinalizer(() => links.looks?.last ?? Effect.void)
          yield* ready
          return yield* Effect.raceFirst(jetstream.run, underFence(fence, integrity.run))
        }),
      publisher: integrity.stopAfter(publisherBody(publishing, publisher))
    })
  })
)

import { Effect } from "effect"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import type { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import type { PublisherCounts, PublisherEvent } from "../../market/adapters/jetstream/acked-publisher.ts"
import type { MemoryFiles } from "../../market/adapters/memory/memory-disk.ts"
import type { TickLedger } from "../../market/application/intake/ledger.ts"
import type { SpoolSettings } from "../../market/config/spool-settings.ts"
import type { FormerRunOf } from "../../market/layers/publish/previous-run.ts"
import { makeJetStreamTickPublisher, type SpoolingCallbacks } from "../../market/layers/publish/publisher.ts"
import type { TickPublisher } from "../../market/ports/tick-publisher.ts"
import type { OverflowWitness } from "../witnesses/overflow-witness.ts"
import { runOf } from "../witnesses/writer-witness.ts"
import { feedNames, ownName, sizes } from "./scale.ts"
import type { SimBroker } from "./sim-broker.ts"

/** The daemon's publisher over the simulated broker and disk, with a defect in it and one in its link that can be armed. */
export const makeSimPublisher = Effect.fnUntraced(function* (options: {
  /** Which life of the daemon. */
  readonly life: number
  readonly takeOver: boolean
  readonly broker: SimBroker
  readonly spool: SpoolSettings | undefined
  readonly files: MemoryFiles
  readonly spooling: SpoolingCallbacks
  readonly overflow: OverflowWitness
  readonly directory: InstrumentDirectory
  readonly ledgers: ReadonlyArray<TickLedger>
  readonly latency: LatencyHistogram
  readonly nowMs: () => number
  /** Children of the tree that run. */
  readonly alive: { readonly publisher: boolean }
  readonly complain: (sentence: string) => void
  readonly onEvent: (event: PublisherEvent) => void
  readonly onFormerRun: (former: FormerRunOf) => void
  readonly onSuperseded: (feed: number, feedSeq: number, receivedMs: number) => void
}) {
  const { alive, complain, life, spool } = options
  const armed = { publisher: false, link: false }
  const jetstream = yield* makeJetStreamTickPublisher({
    config: {
      stream: "MD_TICKS",
      subjectTemplate: undefined,
      serializer: "json",
      queueTicks: sizes.queueTicks,
      window: sizes.window,
      maxAgeHours: 1,
      replay: false,
      takeOver: options.takeOver,
      ...(spool === undefined ? {} : { spool })
    },
    instance: ownName,
    process: { host: "here", pid: life, run: runOf(life) },
    connection: () => ({ url: "", name: "" }),
    directory: options.directory,
    feedNames,
    ledgers: options.ledgers,
    latency: options.latency,
    monotonicMs: options.nowMs,
    onEvent: options.onEvent,
    onFormerRun: options.onFormerRun,
    onSuperseded: options.onSuperseded,
    stateDir: "/state",
    spooling: options.spooling,
    spoolFiles: options.files,
    openLink: (events) =>
      Effect.suspend(() => {
        if (!armed.link) return options.broker.openTicks(events, life)
        armed.link = false
        return Effect.die(new Error("simulated defect of the link"))
      })
  })
  const publisher: TickPublisher["Service"] = {
    ...jetstream.publisher,
    // An armed defect waits for the next look at the room: it must not fall between two ticks of one batch.
    room: () => (armed.publisher ? 0 : jetstream.publisher.room()),
    send: (slab, row, feed) => {
      if (!alive.publisher)
        complain(`a tick of ${feedNames[feed]} was handed over although the publisher's child has ended`)
      options.overflow.handed(slab, row, feed)
      jetstream.publisher.send(slab, row, feed)
    },
    awaitRoom: Effect.suspend(() => {
      if (!armed.publisher) return jetstream.publisher.awaitRoom
      armed.publisher = false
      return Effect.die(new Error("simulated defect of the publisher"))
    })
  }
  return { ...jetstream, publisher, counts: jetstream.publisher.counts as () => PublisherCounts, armed }
})

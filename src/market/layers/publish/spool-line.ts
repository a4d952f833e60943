import type { SpoolingPublisher } from "../../adapters/jetstream/spooling-publisher.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { TickQueue } from "../../application/intake/tick-queue.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { SpoolEvent, SpoolOverflow } from "../../ports/tick-spool.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import type { SpoolingCallbacks } from "./publisher.ts"

/** What the spool tells goes to the log, the machine and the ledger. */
export const spoolCallbacks = (options: {
  readonly log: Pick<DaemonLog, "spool">
  readonly ledgers: ReadonlyArray<TickLedger>
  /** Of each feed, as the ledgers are. */
  readonly feedIntegrity: ReadonlyArray<Pick<FeedIntegrity, "tally" | "gaps">>
  readonly overflow: SpoolOverflow
  readonly queue: Pick<TickQueue, "oldestMs">
  readonly monotonicMs: () => number
  readonly onSpool: (event: SpoolEvent) => void
}): SpoolingCallbacks => ({
  overflow: options.overflow,
  onEvent: (event) => {
    options.log.spool(event)
    // Told while the spool is opened, before there is a machine; it looks for itself.
    if (event.type !== "recovered") options.onSpool(event)
  },
  onDropped: ({ token, firstSeq, lastSeq, count, fromMs, toMs, earlier, superseded }) => {
    const integrity = options.feedIntegrity[token]
    if (superseded) return integrity?.gaps.superseded(firstSeq, lastSeq, fromMs, toMs)
    if (!earlier) {
      options.ledgers[token]?.giveUpRetained(count)
      integrity?.tally.late.noteDropped(firstSeq, lastSeq, count)
    }
    integrity?.gaps.overflow(firstSeq, lastSeq, count, fromMs, toMs, earlier ? "earlier" : "own")
  },
  backlogMs: () => {
    const oldestMs = options.queue.oldestMs()
    return oldestMs === undefined ? 0 : options.monotonicMs() - oldestMs
  }
})

/** Ticks of this run that another writer has stored while this daemon was fenced go to the gaps. */
export const onSupersededOf =
  (feedIntegrity: ReadonlyArray<Pick<FeedIntegrity, "tally" | "gaps">>) =>
  (feed: number, feedSeq: number, receivedMs: number): void => {
    const integrity = feedIntegrity[feed]
    integrity?.tally.late.noteDropped(feedSeq, feedSeq, 1)
    integrity?.gaps.overflow(feedSeq, feedSeq, 1, receivedMs, receivedMs, "superseded")
  }

/** Ticks that are neither stored nor safe on disk. */
export const unfinishedOf = (jetstream: {
  readonly spool: SpoolingPublisher | undefined
  readonly publisher: { readonly counts: () => PublisherCounts }
}): number => (jetstream.spool?.isSafe() === true ? 0 : jetstream.publisher.counts().retained)

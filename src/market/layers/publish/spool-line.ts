import type { SpoolingPublisher } from "../../adapters/jetstream/spooling-publisher.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { TickQueue } from "../../application/intake/tick-queue.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { SpoolOverflow } from "../../ports/tick-spool.ts"
import type { Spooling } from "./publisher.ts"

/** What the spool gives up goes to the ledger and to integrity; what it reports goes on the bus. */
export const spoolingOf = (options: {
  readonly ledgers: ReadonlyArray<TickLedger>
  /** Of each feed, as the ledgers are. */
  readonly feedIntegrity: ReadonlyArray<Pick<FeedIntegrity, "tally" | "gaps">>
  readonly overflow: SpoolOverflow
  readonly queue: Pick<TickQueue, "oldestMs">
  readonly monotonicMs: () => number
}): Spooling => ({
  overflow: options.overflow,
  giveUp: ({ token, firstSeq, lastSeq, count, fromMs, toMs, earlier, superseded }) => {
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
export const supersededOf =
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

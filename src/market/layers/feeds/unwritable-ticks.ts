import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import type { FeedArbiter } from "../../application/intake/arbitrate-feeds.ts"
import { quarantineReasons, unwritableReason } from "../../application/intake/ledger.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { PublishOptions } from "../../application/publish/publish-ticks.ts"
import type { EventBus } from "../events/daemon-events.ts"
import { makeSummaries } from "./tick-line.ts"

const reason = quarantineReasons[unwritableReason] ?? "unwritable"

/**
 * What becomes of a tick that the message writer refused: its bytes go to quarantine, its session and the log record
 * it, and another feed's arrival of it may be published.
 */
export const makeUnwritable = (options: {
  /** In the order of `feedNames`. */
  readonly feeds: ReadonlyArray<{ readonly feed: string; readonly integrity: FeedIntegrity }>
  readonly directory: InstrumentDirectory
  readonly monotonicMs: () => number
  readonly events: EventBus
  readonly arbiter?: FeedArbiter | undefined
  readonly later?: ((run: () => void, afterMs: number) => void) | undefined
}): NonNullable<PublishOptions["onUnwritable"]> => {
  const summaries = options.feeds.map(({ feed }) => makeSummaries(feed, options))
  return (slab, row, feed, cause) => {
    const index = slab.u32[row * recordI32 + word.instrument] as number
    const instrument = options.directory.at(index)?.id ?? ""
    const integrity = options.feeds[feed]?.integrity
    summaries[feed]?.exceptions("write", cause, instrument)
    options.arbiter?.withdraw(slab, row)
    // The ledger has the tick already: what is kept about it must not stop the publisher in the middle of a batch.
    try {
      integrity?.tally.late.note(slab.seq(row), index, "quarantined")
      integrity?.quarantine(slab, row, reason, instrument)
    } catch (failure) {
      summaries[feed]?.exceptions("integrity", failure, instrument)
    }
    summaries[feed]?.log(reason, instrument)
  }
}

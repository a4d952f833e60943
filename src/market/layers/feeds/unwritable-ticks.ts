import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import type { FeedArbiter } from "../../application/intake/arbitrate-feeds.ts"
import { quarantineReasons, unwritableReason } from "../../application/intake/ledger.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { PublishOptions } from "../../application/publish/publish-ticks.ts"
import { makeExceptionLog, type OnException } from "../log/exception-log.ts"
import { makeQuarantineLog, type OnQuarantineLog } from "../log/quarantine-log.ts"

const reason = quarantineReasons[unwritableReason] ?? "unwritable"

/**
 * What becomes of a tick that the message writer refused: its bytes go to quarantine, its session and the log hear of it, and
 * another feed's arrival of it may be published.
 */
export const makeUnwritable = (options: {
  /** In the order of `feedNames`. */
  readonly feeds: ReadonlyArray<{ readonly feed: string; readonly integrity: FeedIntegrity }>
  readonly directory: InstrumentDirectory
  readonly monotonicMs: () => number
  readonly onQuarantineLog: OnQuarantineLog
  readonly onException: OnException
  readonly arbiter?: FeedArbiter | undefined
  readonly later?: (run: () => void, afterMs: number) => void
}): NonNullable<PublishOptions["onUnwritable"]> => {
  const logs = options.feeds.map(({ feed }) =>
    makeQuarantineLog(feed, options.monotonicMs, options.onQuarantineLog, options.later)
  )
  const causes = options.feeds.map(({ feed }) =>
    makeExceptionLog(feed, options.monotonicMs, options.onException, options.later)
  )
  return (slab, row, feed, cause) => {
    const index = slab.u32[row * recordI32 + word.instrument] as number
    const instrument = options.directory.at(index)?.id ?? ""
    const integrity = options.feeds[feed]?.integrity
    causes[feed]?.("write", cause, instrument)
    options.arbiter?.withdraw(slab, row)
    // The ledger has the tick already: what is kept about it must not stop the publisher in the middle of a batch.
    try {
      integrity?.tally.late.note(slab.seq(row), index, "quarantined")
      integrity?.quarantine(slab, row, reason, instrument)
    } catch (failure) {
      causes[feed]?.("integrity", failure, instrument)
    }
    logs[feed]?.(reason, instrument)
  }
}

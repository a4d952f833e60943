import { quarantineReasons, unwritableReason } from "../application/ledger.ts"
import type { PublishOptions } from "../application/publish-ticks.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import { recordI32, word } from "../domain/tick-slab.ts"
import type { FeedAccount } from "./feed-account.ts"
import { makeQuarantineLog, type OnQuarantineLog } from "./quarantine-log.ts"

const reason = quarantineReasons[unwritableReason] ?? "unwritable"

/** What becomes of a tick that the message writer refused: its bytes go to quarantine, its session and the log are told. */
export const makeUnwritable = (options: {
  /** In the order of `feedNames`. */
  readonly feeds: ReadonlyArray<{ readonly feed: string; readonly account: FeedAccount }>
  readonly directory: InstrumentDirectory
  readonly monotonicMs: () => number
  readonly onQuarantineLog: OnQuarantineLog
}): NonNullable<PublishOptions["onUnwritable"]> => {
  const logs = options.feeds.map(({ feed }) => makeQuarantineLog(feed, options.monotonicMs, options.onQuarantineLog))
  return (slab, row, feed) => {
    const index = slab.u32[row * recordI32 + word.instrument] as number
    const instrument = options.directory.at(index)?.id ?? ""
    const account = options.feeds[feed]?.account
    account?.tally.late.note(slab.seq(row), index, "quarantined")
    account?.quarantine(slab, row, reason, instrument)
    logs[feed]?.(reason, instrument)
  }
}

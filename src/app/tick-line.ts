import { type LedgerBook, quarantineReasons } from "../application/ledger.ts"
import { makeNormaliseTick } from "../application/normalise-tick.ts"
import { makeTickIntake, type OnQuarantined } from "../application/tick-intake.ts"
import type { TickQueue } from "../application/tick-queue.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { SlabPool } from "../domain/tick-slab.ts"

/** Told of quarantined ticks, at most once a second for each reason: a broken feed must not fill the disk with log lines. */
export type OnQuarantineLog = (feed: string, reason: string, instrument: string, countSince: number) => void

/** Puts the stages from ring to queue together for one feed. */
export const makeFeedIntake = (options: {
  readonly feed: string
  readonly feedIndex: number
  readonly pool: SlabPool
  readonly queue: TickQueue
  readonly book: LedgerBook
  readonly directory: InstrumentDirectory
  readonly loginTradingDay: () => number
  readonly monotonicMs: () => number
  readonly onQuarantineLog: OnQuarantineLog
}) => {
  const toldAtMs = quarantineReasons.map(() => Number.NEGATIVE_INFINITY)
  const since = quarantineReasons.map(() => 0)
  const onQuarantined: OnQuarantined = (slab, row, reason, symbols) => {
    since[reason] = (since[reason] ?? 0) + 1
    const nowMs = options.monotonicMs()
    if (nowMs - (toldAtMs[reason] ?? 0) < 1000) return
    toldAtMs[reason] = nowMs
    const symbol = slab.u32[row * 80 + 5] as number
    options.onQuarantineLog(
      options.feed,
      quarantineReasons[reason] ?? "unknown",
      symbols.ids[symbol] ?? "?",
      since[reason] ?? 0
    )
    since[reason] = 0
  }
  return makeTickIntake({
    feed: options.feedIndex,
    pool: options.pool,
    queue: options.queue,
    book: options.book,
    normalise: makeNormaliseTick({ directory: options.directory, loginTradingDay: options.loginTradingDay }),
    onQuarantined
  })
}

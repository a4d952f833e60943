import { TokenBucket } from "../../../kernel/limits/token-bucket.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { TickQueue } from "../../application/intake/tick-queue.ts"

/** One line per second, because an outage loses thousands of ticks in a second. */
const limit = { burst: 1, perSecond: 1 }

/** Losses of one feed since the last line, because a buffer was full. */
export interface OverflowNews {
  readonly feed: string
  readonly policy: string
  readonly ring: number
  readonly overflow: number
  readonly conflated: number
  readonly oldestMs: number
}

/**
 * Compares the counters of one feed with those of the last summary; called a few times per second, never on the
 * tick path.
 */
export const makeOverflowLog = (
  { ledger, queue }: { readonly ledger: TickLedger; readonly queue: TickQueue },
  monotonicMs: () => number,
  report: (news: OverflowNews) => void
) => {
  const lines = new TokenBucket({ ...limit, nowMs: monotonicMs() })
  let last = { ring: 0, overflow: 0, conflated: 0 }
  return (): void => {
    const nowMs = monotonicMs()
    if (!lines.take(nowMs)) return
    const { dropped, conflated } = ledger.snapshot()
    const now = { ring: dropped.ring ?? 0, overflow: dropped.overflow ?? 0, conflated }
    const ring = now.ring - last.ring
    const overflow = now.overflow - last.overflow
    const conflatedSince = now.conflated - last.conflated
    last = now
    if (ring + overflow + conflatedSince === 0) return
    const oldest = queue.oldestMs()
    report({
      feed: ledger.feed,
      policy: queue.policy,
      ring,
      overflow,
      conflated: conflatedSince,
      oldestMs: oldest === undefined ? 0 : Math.max(0, nowMs - oldest)
    })
  }
}

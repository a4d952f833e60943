/** Told of quarantined ticks, at most once a second for each reason: a broken feed must not fill the disk with log lines. */
export type OnQuarantineLog = (feed: string, reason: string, instrument: string, countSince: number) => void

/** Counts quarantined ticks of one feed by reason and tells them at that pace. */
export const makeQuarantineLog = (feed: string, monotonicMs: () => number, tell: OnQuarantineLog) => {
  const told = new Map<string, { atMs: number; since: number }>()
  return (reason: string, instrument: string): void => {
    const last = told.get(reason) ?? { atMs: Number.NEGATIVE_INFINITY, since: 0 }
    told.set(reason, last)
    last.since++
    const nowMs = monotonicMs()
    if (nowMs - last.atMs < 1000) return
    last.atMs = nowMs
    tell(feed, reason, instrument === "" ? "?" : instrument, last.since)
    last.since = 0
  }
}

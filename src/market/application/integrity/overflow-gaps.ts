import type { Gap, GapCause } from "../../../kernel/tick/gap.ts"

/** Interval of reports about a lasting overflow, milliseconds. Without a lost tick for this long, it has ended. */
const reportEveryMs = 1000

/** Origin of dropped ticks: this run, a previous one, or this run and another writer has stored them. */
export type OverflowRun = "own" | "earlier" | "superseded"

/** A gap of a feed as it is when it opens. */
export const openGap = (feed: string, cause: GapCause, fromMs: number): Gap => ({
  id: `${feed}-${cause}-${Math.floor(fromMs)}`,
  feed,
  instrument: undefined,
  cause,
  state: "open",
  fromMs,
  toMs: undefined,
  count: undefined,
  seqs: undefined
})

/**
 * Gaps of ticks that were dropped for lack of space. One gap stays open while drops continue: it is reported when it
 * opens, once a second by `look`, and when it closes. Each run has its own sequence numbers, so each has its own gap.
 */
export class OverflowGaps {
  private readonly feed: string
  private readonly report: (gap: Gap) => void
  private readonly running = new Map<OverflowRun, Gap>()
  /** Runs whose gap has grown since it was reported. */
  private readonly grown = new Set<OverflowRun>()
  private lookedMs = Number.NEGATIVE_INFINITY

  constructor(feed: string, report: (gap: Gap) => void) {
    this.feed = feed
    this.report = report
  }

  add(first: number, last: number, count: number, fromMs: number, toMs: number, run: OverflowRun): void {
    // Several previous runs may have left ticks, and each numbers them anew.
    if (run === "earlier" && first <= (this.running.get(run)?.seqs?.[1] ?? 0)) this.end(run)
    const gap = this.running.get(run)
    const cause = run === "superseded" ? run : "queue_overflow"
    this.grown.add(run)
    this.running.set(run, {
      // No tick is dropped twice, so two gaps of a run never begin with the same number.
      ...(gap ?? { ...openGap(this.feed, cause, fromMs), id: `${this.feed}-${cause}-${first}-${Math.floor(fromMs)}` }),
      fromMs: Math.min(gap?.fromMs ?? fromMs, fromMs),
      toMs: Math.max(gap?.toMs ?? toMs, toMs),
      count: (gap?.count ?? 0) + count,
      seqs: [Math.min(gap?.seqs?.[0] ?? first, first), Math.max(gap?.seqs?.[1] ?? last, last)]
    })
    if (gap === undefined) this.tell(run, "open")
  }

  look(nowMs: number): void {
    if (this.running.size === 0 || nowMs - this.lookedMs < reportEveryMs) return
    this.lookedMs = nowMs
    for (const run of this.running.keys()) {
      if (!this.grown.has(run)) this.end(run)
      // A daemon may be fenced for days, and its records wait in memory: one at the begin, one at the end.
      else if (run === "superseded") this.grown.delete(run)
      else this.tell(run, "open")
    }
  }

  /** No more ticks are dropped, or the daemon stops. */
  close(): void {
    for (const run of this.running.keys()) this.end(run)
  }

  private end(run: OverflowRun): void {
    this.tell(run, "closed")
    this.running.delete(run)
  }

  private tell(run: OverflowRun, state: Gap["state"]): void {
    const gap = this.running.get(run) as Gap
    this.grown.delete(run)
    this.report(state === "closed" ? { ...gap, state } : { ...gap, toMs: undefined })
  }
}

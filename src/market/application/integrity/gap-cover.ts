import type { Gap } from "../../../kernel/tick/gap.ts"
import type { GapTracker } from "./gap-tracker.ts"

/** After its end a gap waits so long for a tick of another feed from behind it; then it stays uncovered. */
const decidedAfterMs = 10_000

/**
 * Says of each gap of a feed whether another feed stood all through it and has gone on since: then nothing of it is missing in the stream. A gap that only the end of a line made (overflow, stop, store) is never
 * covered: its ticks were the first arrivals, and their twins were not kept.
 */
export class GapCover {
  private readonly trackers: ReadonlyArray<GapTracker>
  private readonly isWhole: ((feed: number) => boolean) | undefined
  /** Of each feed: since when it has had all its contracts, and the session in which it has; undefined: it has not. */
  private readonly whole: Array<{ readonly upMs: number; readonly sinceMs: number } | undefined> = []
  /** Gaps that ended and were covered, by a feed that has gone on since: what becomes of that feed later changes nothing. */
  private settled = new Set<string>()

  /** `isWhole`: the front sends everything that is wanted of the feed, as far as it has any of it; unset: it always does. */
  constructor(trackers: ReadonlyArray<GapTracker>, isWhole?: (feed: number) => boolean) {
    this.trackers = trackers
    this.isWhole = isWhole
  }

  /** Once in a while, behind the looks of the trackers. */
  look(nowMs: number): void {
    this.lookAtWhole(nowMs)
    const settled = new Set<string>()
    for (const tracker of this.trackers) {
      for (const gap of tracker.coverable(nowMs - decidedAfterMs)) {
        const { id, fromMs, toMs, coveredBy } = gap
        if (!this.settled.has(id)) {
          // Of an open gap it is true so far. One that was covered while it was open need not wait for the other's next tick.
          const by = this.coverOf(tracker, gap, coveredBy === undefined ? (toMs ?? fromMs) : fromMs)
          if (by !== coveredBy) tracker.cover(gap, by)
        }
        if (toMs !== undefined && (this.settled.has(id) || this.coverOf(tracker, gap, toMs) !== undefined))
          settled.add(id)
      }
    }
    this.settled = settled
  }

  /** A session that streams may still be asking for its contracts, or be without some of them. */
  private lookAtWhole(nowMs: number): void {
    const { isWhole, trackers } = this
    if (isWhole === undefined) return
    for (const [feed, { upSinceMs: upMs }] of trackers.entries()) {
      if (Number.isNaN(upMs) || !isWhole(feed)) this.whole[feed] = undefined
      else if (this.whole[feed]?.upMs !== upMs) this.whole[feed] = { upMs, sinceMs: nowMs }
    }
  }

  private wasWhole(feed: number, fromMs: number): boolean {
    return this.isWhole === undefined || (this.whole[feed]?.sinceMs ?? Number.POSITIVE_INFINITY) <= fromMs
  }

  /** A feed that stood through the gap, and of which ticks came at `heardMs` or later. */
  private coverOf(tracker: GapTracker, { fromMs, toMs }: Gap, heardMs: number): string | undefined {
    const other = this.trackers.find(
      (one, feed) => one !== tracker && this.wasWhole(feed, fromMs) && one.stoodThrough(fromMs, toMs, heardMs)
    )
    return other?.feed
  }
}

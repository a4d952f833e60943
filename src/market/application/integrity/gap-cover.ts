import type { Gap } from "../../../kernel/tick/gap.ts"
import { coverDecidedAfterMs } from "./cover-time.ts"
import type { GapRecorder } from "./gap-recorder.ts"

/**
 * Decides for each gap of a feed whether another feed received ticks all through it and after it: then the stream
 * misses nothing of it. A gap at the end of the line (overflow, stop, store) is never covered: its ticks were the
 * first arrivals, and their twins were dropped.
 */
export class GapCover {
  private readonly trackers: ReadonlyArray<GapRecorder>
  private readonly isWhole: ((feed: number) => boolean) | undefined
  /** By feed: the time since which it has all its contracts, and the session; undefined: it does not have all. */
  private readonly whole: Array<{ readonly upMs: number; readonly sinceMs: number } | undefined> = []
  /** Ended gaps that a feed covered which delivered ticks after them. Later faults of that feed change nothing. */
  private settled = new Set<string>()

  /** `isWhole`: the front sends every wanted instrument that it has. Omit: always true. */
  constructor(trackers: ReadonlyArray<GapRecorder>, isWhole?: (feed: number) => boolean) {
    this.trackers = trackers
    this.isWhole = isWhole
  }

  /** Periodic, after the trackers' own checks. */
  look(nowMs: number): void {
    this.lookAtWhole(nowMs)
    const settled = new Set<string>()
    for (const tracker of this.trackers) {
      for (const gap of tracker.coverable(nowMs - coverDecidedAfterMs)) {
        const { id, fromMs, toMs, coveredBy } = gap
        if (!this.settled.has(id)) {
          // The cover of an open gap is provisional. A gap that was covered while open need not wait for the other
          // feed's next tick.
          const by = this.coverOf(tracker, gap, coveredBy === undefined ? (toMs ?? fromMs) : fromMs)
          if (by !== coveredBy) tracker.cover(gap, by)
        }
        if (toMs !== undefined && (this.settled.has(id) || this.coverOf(tracker, gap, toMs) !== undefined))
          settled.add(id)
      }
    }
    this.settled = settled
  }

  /** A streaming session may still be subscribing, or miss some contracts. */
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

  /** A feed that received ticks through the whole gap, and at `heardMs` or later. */
  private coverOf(tracker: GapRecorder, { fromMs, toMs }: Gap, heardMs: number): string | undefined {
    const other = this.trackers.find(
      (one, feed) => one !== tracker && this.wasWhole(feed, fromMs) && one.stoodThrough(fromMs, toMs, heardMs)
    )
    return other?.feed
  }
}

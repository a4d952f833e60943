import type { Segment } from "./segment.ts"
import type { SpoolFiles } from "./spool-files.ts"

const syncEveryMs = 1000

/** Forces written segments to disk once a second without blocking, and closes files when no sync is running. */
export class SegmentSync {
  private readonly files: SpoolFiles
  private readonly onError: (segment: Segment, error: unknown) => void
  private readonly unsynced = new Set<Segment>()
  private readonly syncing = new Set<Segment>()
  private readonly closing = new Set<Segment>()
  private syncedMs = 0

  constructor(files: SpoolFiles, onError: (segment: Segment, error: unknown) => void) {
    this.files = files
    this.onError = onError
  }

  written(segment: Segment): void {
    this.unsynced.add(segment)
  }

  /** Everything written is on disk by other means. */
  clear(): void {
    this.unsynced.clear()
  }

  look(nowMs: number): void {
    if (nowMs - this.syncedMs < syncEveryMs) return
    this.syncedMs = nowMs
    for (const segment of this.unsynced) if (!this.syncing.has(segment)) this.start(segment)
  }

  /**
   * Closes a segment's file. While it is being synced, the callback closes it: its number might be another file's by
   * then.
   */
  close(segment: Segment): void {
    this.unsynced.delete(segment)
    if (this.syncing.has(segment)) {
      this.closing.add(segment)
      return
    }
    if (segment.fd === undefined) return
    const { fd } = segment
    segment.fd = undefined
    try {
      this.files.close(fd)
    } catch (cause) {
      this.onError(segment, cause)
    }
  }

  private start(segment: Segment): void {
    const { fd } = segment
    if (fd === undefined) return
    this.syncing.add(segment)
    this.unsynced.delete(segment)
    this.files.syncLater(fd, (error) => {
      this.syncing.delete(segment)
      if (this.closing.delete(segment)) return this.close(segment)
      if (error === null) return
      this.unsynced.add(segment)
      this.onError(segment, error)
    })
  }
}

/** Policy of a full spool. `conflate` applies to the queue; the spool treats it as `drop-newest`. */
export type SpoolOverflow = "drop-newest" | "drop-oldest" | "conflate"

/** When written frames are forced to disk: by the system, once a second, or before a batch counts as accepted. */
export type SpoolFsync = "never" | "interval" | "always"

/** A spooled message to be sent next. `end`: the end of its frame, passed to `release`. */
export interface SpooledMessage {
  readonly subject: string
  readonly payload: Uint8Array
  readonly stampMs: number
  readonly token: number
  readonly feedSeq: number
  /** Receive time, epoch milliseconds. */
  readonly receivedMs: number
  readonly end: number
  /** Spooled by a previous run: not in this run's ledger, and its timestamp is from another clock. */
  readonly earlier: boolean
}

/**
 * What the stream is known to hold of the spooled messages. `created` "": nothing was sent before the spool engaged.
 */
export interface SpoolMark {
  readonly created: string
  /** Every spooled message that is not released has a stream sequence above this one. */
  readonly floorSeq: number
  /** Maximum number of messages in flight, and so of messages that can be stored ahead of one that is not. */
  readonly window: number
  /** The writer's epoch when the stream was last compared with the spool; absent: never, or an older version. */
  readonly epoch?: number
  /** The last writer had not seen the stream: the spool may hold several runs with unknown pauses between them. */
  readonly unseen?: boolean
}

/** Frames of one feed that the spool gave up. Sequence numbers of the feed; receive times in epoch milliseconds. */
export interface SpoolDrop {
  readonly token: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly count: number
  readonly fromMs: number
  readonly toMs: number
  readonly earlier: boolean
  /** Set aside because another writer used the stream since: it may have stored the same ticks. */
  readonly superseded: boolean
}

/** For log and machine: one for each change of state, never one for each tick. */
export type SpoolEvent =
  | { readonly type: "engaged"; readonly retained: number }
  | { readonly type: "emptied" }
  /** Left by a previous run: ticks to send, and bytes behind the last whole record of a damaged segment. */
  | { readonly type: "recovered"; readonly ticks: number; readonly bytes: number; readonly cutBytes: number }
  | { readonly type: "trouble"; readonly code: "SPOOL_WRITE_FAILED" | "SPOOL_READ_FAILED"; readonly message: string }
  | { readonly type: "repaired" }
  | { readonly type: "dropped"; readonly ticks: number; readonly why: "full" | "damaged" }
  /** Ticks of a previous run are kept in `files` and not sent. `by`: the writer of the stream since then. */
  | {
      readonly type: "setAside"
      readonly ticks: number
      readonly folder: string
      readonly files: ReadonlyArray<string>
      readonly by: string
    }

export interface SpoolCounts {
  /** Ticks in the spool that the stream has not confirmed, and the size of its files in bytes. */
  readonly ticks: number
  readonly bytes: number
  readonly boundBytes: number
  /** Receive time of the oldest of them, epoch milliseconds; undefined without one. */
  readonly oldestReceivedMs: number | undefined
  readonly dropped: number
  /** Left by a previous run and set aside, because another writer used the stream since. */
  readonly superseded: number
  readonly cutBytes: number
  /** Writes, reads and fsyncs that failed. */
  readonly errors: number
  readonly trouble: string | undefined
}

/**
 * A bounded log of messages on disk, read in the sequence of writing by the publisher that writes it. Every method is
 * synchronous and none throws. A disk fault is a state (`counts().trouble`): there is no room, and appended messages
 * stay in memory.
 */
export interface TickSpool {
  /** Messages of a previous run to be sent; undefined: none. */
  readonly resume: SpoolMark | undefined
  /**
   * Number of messages that `append` accepts now. A full spool with policy `drop-oldest` drops its oldest segment
   * here.
   */
  readonly room: () => number
  /** Accepts a message; it is on disk after `flush`. Returns the end of its frame. */
  readonly append: (
    subject: string,
    payload: string | Uint8Array,
    stampMs: number,
    token: number,
    feedSeq: number,
    receivedMs: number
  ) => number
  /** Writes the appended messages in one write. False: they stay in memory. */
  readonly flush: () => boolean
  /** Flushes, and forces written frames to disk unless the policy is `never`. */
  readonly sync: () => boolean
  /** The next message to send; undefined when every message was read. */
  readonly next: () => SpooledMessage | undefined
  /** Messages that `next` has not returned yet. */
  readonly unread: () => number
  /** Counts all appended messages as read, because the publisher's window holds them too. */
  readonly skipUnread: () => void
  /** The message whose frame ends here is stored. Called in the sequence of writing. */
  readonly release: (end: number) => void
  /** Writes the cursor and deletes what it passed; deletes everything when all is released and `idle`. */
  readonly settle: (mark: SpoolMark, idle: boolean) => void
  /** Periodic work: fsync by interval, and another attempt after a fault. */
  readonly look: (nowMs: number) => void
  /** Receive time of the newest tick of a feed that previous runs left; undefined: none. */
  readonly leftMs: (feed: number) => number | undefined
  /**
   * Removes the files of previous runs from the spool, as long as a file holds ticks received at `untilMs` or before.
   * The files are kept under another name. Call it before anything is read. Undefined: there were none.
   */
  readonly setAside: (
    untilMs: number
  ) => Pick<SpoolEvent & { type: "setAside" }, "ticks" | "folder" | "files"> | undefined
  readonly counts: () => SpoolCounts
}

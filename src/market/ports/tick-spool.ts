/** What a full spool does. `conflate` is the queue's to do: for the spool it is the same as `drop-newest`. */
export type SpoolOverflow = "drop-newest" | "drop-oldest" | "conflate"

/** When written frames are forced to the disk: left to the system, once a second, or before a batch counts as taken. */
export type SpoolFsync = "never" | "interval" | "always"

/** A spooled message, to be sent next. `end`: where its frame ends, to be given back to `release`. */
export interface SpooledMessage {
  readonly subject: string
  readonly payload: Uint8Array
  readonly stampMs: number
  readonly token: number
  readonly feedSeq: number
  /** When it was received, epoch milliseconds. */
  readonly receivedMs: number
  readonly end: number
  /** Spooled by an earlier run: no tick of this run's integrity, and its stamp is of another clock. */
  readonly earlier: boolean
}

/** How far the stream is known to hold what was spooled. `created` "": nothing was sent before the spool engaged. */
export interface SpoolMark {
  readonly created: string
  /** No spooled message that is not released is stored at or below this sequence. */
  readonly floorSeq: number
  /** Most messages in flight at once, and so the most that can be stored ahead of one that is not. */
  readonly window: number
  /** The writer's epoch under which the stream was last compared with the spool; absent: never, or a former version. */
  readonly epoch?: number
  /** The run that wrote this last had not seen the stream: the spool may hold several runs with untold time between. */
  readonly unseen?: boolean
}

/** Frames of one feed that the spool gave up. Sequence numbers of the feed; epoch milliseconds of receiving. */
export interface SpoolDrop {
  readonly token: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly count: number
  readonly fromMs: number
  readonly toMs: number
  readonly earlier: boolean
  /** Set aside because another writer had the stream since: it may have stored the same ticks. */
  readonly superseded: boolean
}

/** For log and machine; one a change of state, never one a tick. */
export type SpoolEvent =
  | { readonly type: "engaged"; readonly retained: number }
  | { readonly type: "emptied" }
  /** What an earlier run left: ticks to send, and bytes behind the last whole record of a damaged segment. */
  | { readonly type: "recovered"; readonly ticks: number; readonly bytes: number; readonly cutBytes: number }
  | { readonly type: "trouble"; readonly code: "SPOOL_WRITE_FAILED" | "SPOOL_READ_FAILED"; readonly message: string }
  | { readonly type: "mended" }
  | { readonly type: "dropped"; readonly ticks: number; readonly why: "full" | "damaged" }
  /** Ticks that an earlier run left are kept in `files` and not sent. `by`: who has written the stream since. */
  | {
      readonly type: "setAside"
      readonly ticks: number
      readonly folder: string
      readonly files: ReadonlyArray<string>
      readonly by: string
    }

export interface SpoolCounts {
  /** Ticks in the spool that the stream has not confirmed, and bytes that its files take. */
  readonly ticks: number
  readonly bytes: number
  readonly boundBytes: number
  /** When the oldest of them was received, epoch milliseconds; undefined without one. */
  readonly oldestReceivedMs: number | undefined
  readonly dropped: number
  /** Left by an earlier run and set aside, because another writer had the stream since. */
  readonly superseded: number
  readonly cutBytes: number
  /** Writes, reads and fsyncs that failed. */
  readonly errors: number
  readonly trouble: string | undefined
}

/**
 * A bounded log of messages on disk, read in the order of writing by the publisher that writes it. Every method is
 * synchronous and none throws: a fault of the disk is a state (`counts().trouble`) in which there is no room and what was
 * appended stays in memory.
 */
export interface TickSpool {
  /** What an earlier run left to be sent; undefined: nothing. */
  readonly resume: SpoolMark | undefined
  /** How many messages `append` takes now. A full spool with policy `drop-oldest` gives up its oldest segment here. */
  readonly room: () => number
  /** Takes a message; it is on disk after `flush`. Returns where its frame ends. */
  readonly append: (
    subject: string,
    payload: string | Uint8Array,
    stampMs: number,
    token: number,
    feedSeq: number,
    receivedMs: number
  ) => number
  /** Writes what was appended, in one piece. False: it stays in memory. */
  readonly flush: () => boolean
  /** Flushes, and forces what was written to the disk unless the policy is `never`. */
  readonly sync: () => boolean
  /** The next message to send; undefined when every one was read. */
  readonly next: () => SpooledMessage | undefined
  /** Messages that `next` has not given yet. */
  readonly unread: () => number
  /** Everything appended is somewhere else too, in the publisher's window: it counts as read. */
  readonly skipUnread: () => void
  /** The message whose frame ends here is stored; called in the order of writing. */
  readonly release: (end: number) => void
  /** Writes the cursor and deletes what it passed; deletes everything when all is released and `idle`. */
  readonly settle: (mark: SpoolMark, idle: boolean) => void
  /** Once in a while: fsync by interval, and another attempt after a fault. */
  readonly look: (nowMs: number) => void
  /** When the newest tick that earlier runs left of a feed was received; undefined: they left none. */
  readonly leftMs: (feed: number) => number | undefined
  /**
   * Takes what earlier runs left out of the spool, file by file, as long as a file holds ticks received at `untilMs` or
   * before; the files are kept under another name. Before anything was read. Undefined: there was none.
   */
  readonly setAside: (
    untilMs: number
  ) => Pick<SpoolEvent & { type: "setAside" }, "ticks" | "folder" | "files"> | undefined
  readonly counts: () => SpoolCounts
}

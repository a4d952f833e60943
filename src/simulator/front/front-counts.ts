/** Origin of a tick that a session was sent. */
export type TickOrigin = "recording" | "market" | "staleSnapshot" | "duplicate"

/**
 * Counts of a front since its start; a snapshot, not a live view.
 * For a recording: `rowsRead = ticksSent.recording + notSubscribed + stopped + sentToDeadSession + unflushed + held`,
 * where `held` rows are read and not yet passed to a session; at the end `unflushed` and `held` are 0. (With a
 * recording as source, `sentToDeadSession` and `unflushed` count its rows only, without repeated ticks.)
 */
export interface FrontCounts {
  /** Open connections, and connections accepted since the start. */
  readonly sessions: number
  readonly connections: number
  readonly logins: number
  readonly loginsRejected: number
  /** Present subscriptions, summed over the open sessions. */
  readonly subscribed: number
  /** Ticks passed to the operating system, by origin. */
  readonly ticksSent: { readonly [origin in TickOrigin]: number } & { readonly total: number }
  /** Ticks of the source that a session's socket has not accepted yet. */
  readonly unflushed: number
  /** Ticks of the source for a session that died before its socket accepted them. */
  readonly sentToDeadSession: number
  /** Rows of the recording: read so far; instrument not subscribed; instrument stopped by `stop-instrument`. */
  readonly rowsRead: number
  readonly notSubscribed: number
  readonly stopped: number
  readonly held: number
  /** Sessions that were cut because their send list exceeded its size. */
  readonly cutSlow: number
  /** Connections closed because the peer broke the protocol. */
  readonly badMessages: number
  /** Ticks that the market did not generate because the process had no time for them. */
  readonly marketSkipped: number
  /** True once the whole recording has been sent. */
  readonly finished: boolean
}

/** The counters behind `FrontCounts`. */
export class FrontTally {
  connections = 0
  logins = 0
  loginsRejected = 0
  readonly ticksSent: { [origin in TickOrigin]: number } = { recording: 0, market: 0, staleSnapshot: 0, duplicate: 0 }
  unflushed = 0
  sentToDeadSession = 0
  rowsRead = 0
  notSubscribed = 0
  stopped = 0
  held = 0
  cutSlow = 0
  badMessages = 0
  marketSkipped = 0
  finished = false

  read(sessions: number, subscribed: number): FrontCounts {
    const { ticksSent } = this
    const total = ticksSent.recording + ticksSent.market + ticksSent.staleSnapshot + ticksSent.duplicate
    return {
      sessions,
      connections: this.connections,
      logins: this.logins,
      loginsRejected: this.loginsRejected,
      subscribed,
      ticksSent: { ...ticksSent, total },
      unflushed: this.unflushed,
      sentToDeadSession: this.sentToDeadSession,
      rowsRead: this.rowsRead,
      notSubscribed: this.notSubscribed,
      stopped: this.stopped,
      held: this.held,
      cutSlow: this.cutSlow,
      badMessages: this.badMessages,
      marketSkipped: this.marketSkipped,
      finished: this.finished
    }
  }
}

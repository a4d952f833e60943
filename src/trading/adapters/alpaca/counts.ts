/** Why a quote was not used. */
export const quoteFaults = ["unreadable", "oneSided", "crossed", "future", "late", "stale"] as const
export type QuoteFault = (typeof quoteFaults)[number]

/** Numbers since the start, for metrics. */
export class AlpacaCounts {
  readonly quotes: Record<QuoteFault | "taken", number> = {
    taken: 0,
    unreadable: 0,
    oneSided: 0,
    crossed: 0,
    future: 0,
    late: 0,
    stale: 0
  }
  /** Answers and messages that could not be read. */
  readonly unreadable = { rest: 0, updates: 0, data: 0 }
  /** Connects and losses of the two sockets and of the stream of events. */
  readonly connects = { updates: 0, events: 0, data: 0 }
  readonly losses = { updates: 0, events: 0, data: 0 }
  /** Messages of a kind that this program does not know: nothing depends on them. */
  readonly unknown = { updates: 0, data: 0 }
  /** Connections that were given up because another way had newer quotes or updates. */
  muteSockets = 0
  /** Requests for latest quotes that failed. */
  latestFailures = 0
  /** Volumes that could not be read. The one of the day before stays. */
  volumeFailures = 0
  /** Symbols that the venue did not subscribe. */
  notSubscribed = 0
}

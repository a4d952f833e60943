import type { SubscriptionRecord } from "../../kernel/instrument/subscription-record.ts"

/** A subscribed instrument that is silent although its rhythm or another feed says that it should tick. Milliseconds. */
export interface StalledSubscription {
  readonly instrumentId: string
  readonly quietMs: number
  readonly limitMs: number
  readonly evidence: "rhythm" | "other_feed"
}

/** An instrument that was not taken on, and why. */
interface NotTaken {
  readonly instrument: string
  readonly reason: string
}

/** What became of a list of instruments: each is in one of the two. */
export interface Taken {
  readonly accepted: ReadonlyArray<string>
  readonly rejected: ReadonlyArray<NotTaken>
}

/**
 * The wanted set and what the fronts made of it, for those who ask and command from outside.
 * Every implementation promises: calls return at once; what was accepted is wanted from then on, over reconnects and
 * restarts of sessions, until it is unwanted or expires.
 */
export interface SubscriptionHandler {
  readonly feeds: ReadonlyArray<string>
  /** Every instrument that is wanted or leaving, feed by feed. */
  readonly records: () => ReadonlyArray<SubscriptionRecord>
  /** Silent instruments of a feed that should tick by their own rhythm: how long, and how long they may be. */
  readonly stalled: (feed: string) => ReadonlyArray<StalledSubscription>
  /** How far a feed's ticks arrive behind the exchanges, milliseconds; 0: in time. Omit: not known. */
  readonly lateMs?: (feed: string) => number
  /** The exchange of an instrument; undefined while nothing has told it. */
  readonly exchangeOf: (instrumentId: string) => string | undefined
  /** Last trading day (yyyymmdd) of a contract that has expired; undefined for any other. */
  readonly lastDayOf: (instrumentId: string) => number | undefined
  /** Instruments of the catalogue that are not expired, by id, with their exchange. */
  readonly contracts: () => ReadonlyArray<{ readonly id: string; readonly exchange: string }>
  /** `feed`: of this one only; unset: of every feed. */
  readonly want: (instruments: ReadonlyArray<string>, feed?: string) => Taken
  readonly unwant: (instruments: ReadonlyArray<string>, feed?: string) => Taken
  /** Asks the fronts for wanted instruments once more. */
  readonly resubscribe: (instruments: ReadonlyArray<string>, feed?: string) => Taken
}

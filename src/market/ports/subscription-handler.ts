import type { SubscriptionRecord } from "../../kernel/instrument/subscription-record.ts"

/** A subscribed instrument that is silent, although by its rhythm or by another feed it should tick. Milliseconds. */
export interface StalledSubscription {
  readonly instrumentId: string
  readonly quietMs: number
  readonly limitMs: number
  readonly evidence: "rhythm" | "other_feed"
}

/** A refused instrument, and why. */
interface NotTaken {
  readonly instrument: string
  readonly reason: string
}

/** Result for a list of instruments: each is in one of the two lists. */
export interface Taken {
  readonly accepted: ReadonlyArray<string>
  readonly rejected: ReadonlyArray<NotTaken>
}

/**
 * The wanted instruments and their subscription state, for queries and commands from outside. Every implementation
 * promises: calls return at once; an accepted instrument stays wanted over reconnects and restarts of sessions, until
 * it is unsubscribed or expires.
 */
export interface SubscriptionHandler {
  readonly feeds: ReadonlyArray<string>
  /** Every instrument that is wanted or being unsubscribed, feed by feed. */
  readonly records: () => ReadonlyArray<SubscriptionRecord>
  /** Instruments of a feed that should tick by their own rhythm and are silent: since when, and their limit. */
  readonly stalled: (feed: string) => ReadonlyArray<StalledSubscription>
  /** Delay of a feed's ticks behind the exchange, milliseconds; 0: in time. Omit when it is not known. */
  readonly lateMs?: (feed: string) => number
  /** The exchange of an instrument; undefined while it is not known. */
  readonly exchangeOf: (instrumentId: string) => string | undefined
  /** Last trading day (yyyymmdd) of a contract that has expired; undefined for any other. */
  readonly lastDayOf: (instrumentId: string) => number | undefined
  /** Contracts of the catalogue that have not expired, by id, with their exchange. */
  readonly contracts: () => ReadonlyArray<{ readonly id: string; readonly exchange: string }>
  /** `feed`: of this feed only; omit for every feed. */
  readonly want: (instruments: ReadonlyArray<string>, feed?: string) => Taken
  readonly unwant: (instruments: ReadonlyArray<string>, feed?: string) => Taken
  /** Requests wanted instruments from the fronts once more. */
  readonly resubscribe: (instruments: ReadonlyArray<string>, feed?: string) => Taken
}

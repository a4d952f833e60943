import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { SubscriptionRecord } from "../domain/subscription-record.ts"
import type { SubscriptionDesk, Taken } from "../ports/inbound/subscription-desk.ts"

/** What a change of one feed's wanted set did. */
interface WantedChange {
  readonly changed: ReadonlyArray<string>
  readonly unchanged: ReadonlyArray<string>
}

/** The wanted set of one feed, as far as the desk needs it. */
export interface FeedSubscriptions {
  readonly feed: string
  readonly records: () => ReadonlyArray<SubscriptionRecord>
  readonly want: (ids: ReadonlyArray<string>) => WantedChange
  readonly unwant: (ids: ReadonlyArray<string>) => WantedChange
  readonly resubscribe: (ids: ReadonlyArray<string>) => WantedChange
}

/** What operators ask and order, over the wanted sets of all feeds: an order concerns each feed. */
export const makeSubscriptionDesk = (options: {
  readonly feeds: ReadonlyArray<FeedSubscriptions>
  readonly directory: InstrumentDirectory
  readonly contracts: () => ReadonlyArray<{ readonly id: string; readonly exchange: string }>
}): SubscriptionDesk => {
  const { directory, feeds } = options
  /** Taken when one feed took it; without `reason` what is so already counts as taken. */
  const onEach = (
    ids: ReadonlyArray<string>,
    act: (feed: FeedSubscriptions) => WantedChange,
    reason: string | undefined
  ): Taken => {
    const changed = new Set(feeds.flatMap((feed) => act(feed).changed))
    if (reason === undefined) return { accepted: ids, rejected: [] }
    return {
      accepted: ids.filter((id) => changed.has(id)),
      rejected: ids.filter((id) => !changed.has(id)).map((instrument) => ({ instrument, reason }))
    }
  }
  return {
    feeds: feeds.map(({ feed }) => feed),
    records: () => feeds.flatMap((feed) => feed.records()),
    exchangeOf: (id) => directory.contractOf(id)?.exchange,
    contracts: options.contracts,
    // Wanting what is wanted already is what a script does that runs twice.
    want: (ids) => onEach(ids, (feed) => feed.want(ids), undefined),
    unwant: (ids) => onEach(ids, (feed) => feed.unwant(ids), "Not wanted"),
    resubscribe: (ids) => onEach(ids, (feed) => feed.resubscribe(ids), "Not wanted, or no session is logged in to ask")
  }
}

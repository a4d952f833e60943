import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { instrumentTextProblem } from "../../../kernel/instrument/instrument-text.ts"
import { exchangeOfProduct } from "../../../kernel/instrument/product-exchange.ts"
import type { SubscriptionRecord } from "../../../kernel/instrument/subscription-record.ts"
import { rateLimitReason } from "../../../protocol/market/subscriptions.ts"
import type { StalledSubscription, SubscriptionHandler, Taken } from "../../ports/subscription-handler.ts"

/** Result of a change of one feed's wanted instruments. */
interface WantedChange {
  readonly changed: ReadonlyArray<string>
  readonly unchanged: ReadonlyArray<string>
}

/** The wanted instruments of one feed, as the handler uses them. */
export interface FeedSubscriptions {
  readonly feed: string
  readonly records: () => ReadonlyArray<SubscriptionRecord>
  readonly want: (ids: ReadonlyArray<string>) => WantedChange
  readonly unwant: (ids: ReadonlyArray<string>) => WantedChange
  readonly resubscribe: (ids: ReadonlyArray<string>) => WantedChange
}

/**
 * Queries and commands of operators about the wanted instruments of all feeds. A command applies to each feed unless
 * it names one.
 */
export const makeSubscriptionHandler = (options: {
  readonly feeds: ReadonlyArray<FeedSubscriptions>
  readonly directory: InstrumentDirectory
  /** Contracts of the catalogue that have not expired; empty without a catalogue. */
  readonly contracts: () => ReadonlyArray<{ readonly id: string; readonly exchange: string }>
  readonly lastDayOf: SubscriptionHandler["lastDayOf"]
  readonly stalled: (feed: string, nowMs: number) => ReadonlyArray<StalledSubscription>
  readonly lateMs?: (feed: string) => number
  /** Whether clients may name this many instruments now (`SUBSCRIBE_RATE_LIMIT_…`). Counts refusals. */
  readonly admits: (what: "subscribe" | "unsubscribe", count: number, nowMs: number) => boolean
  /** Called with the ids of a command before they are requested. */
  readonly onWanted?: (ids: ReadonlyArray<string>) => void
  readonly nowMs: () => number
}): SubscriptionHandler => {
  const { directory, feeds, nowMs } = options
  const limited = (what: "subscribe" | "unsubscribe", ids: ReadonlyArray<string>, act: () => Taken): Taken =>
    ids.length === 0 || options.admits(what, ids.length, nowMs())
      ? act()
      : { accepted: [], rejected: ids.map((instrument) => ({ instrument, reason: rateLimitReason })) }
  /** Accepted when one feed accepted it. Without `reason`, an unchanged instrument counts as accepted. */
  const onEach = (
    ids: ReadonlyArray<string>,
    named: string | undefined,
    act: (feed: FeedSubscriptions) => WantedChange,
    reason: string | undefined
  ): Taken => {
    const meant = feeds.filter(({ feed }) => named === undefined || feed === named)
    const changed = new Set(meant.flatMap((feed) => act(feed).changed))
    if (reason === undefined) return { accepted: ids, rejected: [] }
    return {
      accepted: ids.filter((id) => changed.has(id)),
      rejected: ids.filter((id) => !changed.has(id)).map((instrument) => ({ instrument, reason }))
    }
  }
  /** Resolved as for a tick: by past ticks, by the lists, by the product's letters. */
  const exchangeOf = (id: string): string | undefined =>
    (directory.seen(id) ?? directory.contractOf(id))?.exchange ??
    exchangeOfProduct(parseInstrumentCode(id)?.product ?? "")
  /** Instruments that an operator unsubscribed: they may be wanted again, and may be in no catalogue. */
  const takenAway = new Set<string>()
  const wantedContracts = () => {
    const ids = new Set(feeds.flatMap((feed) => feed.records().map(({ instrumentId }) => instrumentId)))
    for (const id of takenAway) ids.add(id)
    return [...ids].flatMap((id) => {
      const exchange = exchangeOf(id)
      return exchange === undefined ? [] : [{ id, exchange }]
    })
  }
  return {
    feeds: feeds.map(({ feed }) => feed),
    records: () => feeds.flatMap((feed) => feed.records()),
    stalled: (feed) => options.stalled(feed, nowMs()),
    ...(options.lateMs === undefined ? {} : { lateMs: options.lateMs }),
    exchangeOf,
    lastDayOf: options.lastDayOf,
    contracts: () => {
      const listed = options.contracts()
      // Without a catalogue (the front of a recording has none), the known instruments are those that are or were
      // wanted.
      return listed.length > 0 ? listed : wantedContracts()
    },
    // A script that runs twice subscribes to instruments that are wanted already.
    want: (asked, named) => {
      const rejected = asked.flatMap((instrument) => {
        const problem = instrumentTextProblem(instrument)
        return problem === undefined ? [] : [{ instrument, reason: `Not an instrument: ${problem}` }]
      })
      const ids = rejected.length === 0 ? asked : asked.filter((id) => instrumentTextProblem(id) === undefined)
      const taken = limited("subscribe", ids, () => {
        options.onWanted?.(ids)
        return onEach(ids, named, (feed) => feed.want(ids), undefined)
      })
      return { accepted: taken.accepted, rejected: [...taken.rejected, ...rejected] }
    },
    unwant: (ids, named) =>
      limited("unsubscribe", ids, () => {
        const taken = onEach(ids, named, (feed) => feed.unwant(ids), "Not wanted")
        for (const id of taken.accepted) takenAway.add(id)
        return taken
      }),
    resubscribe: (ids, named) =>
      limited("subscribe", ids, () =>
        onEach(ids, named, (feed) => feed.resubscribe(ids), "Not wanted, or no session is logged in to ask")
      )
  }
}

import type { Contract } from "../../../kernel/instrument/contract.ts"
import { type DatedContracts, diffContracts } from "../../../kernel/instrument/contract-diff.ts"
import { isLive } from "../../../kernel/instrument/contract-life.ts"
import type { FeedSubscriptions } from "../../application/subscriptions/subscription-handler.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/**
 * Keeps the wanted sets in step with the catalogue: a contract that expired, or is in no list any more, leaves by
 * itself, and one that is newly listed is wanted where the whole catalogue is. What an operator asked for or took away
 * stays so. Each list is compared with the one that this daemon went by before, not with what is kept on disk: a verb
 * may have refreshed that meanwhile.
 */
export const followCatalogue = (options: {
  /** What the daemon starts with, and the trading day that it was judged on. */
  readonly start: DatedContracts
  readonly feeds: ReadonlyArray<FeedSubscriptions>
  /** Everything that is listed is wanted: no instrument was named. */
  readonly wantsAll: boolean
  /** A recording has the contracts of its own days: nothing of it expires. */
  readonly replay: boolean
  readonly learn: (contracts: ReadonlyArray<Contract>) => void
  readonly log: Pick<DaemonLog, "write">
}) => {
  const judged = (list: DatedContracts): DatedContracts => (options.replay ? { ...list, tradingDay: 0 } : list)
  const liveOf = ({ contracts, tradingDay }: DatedContracts) =>
    contracts.filter((contract) => isLive(contract, tradingDay))
  let list = judged(options.start)
  let live = liveOf(list)
  let over = new Map<string, number>()
  const learn = () => {
    live = liveOf(list)
    const ids = new Set(live.map(({ id }) => id))
    over = new Map(
      list.contracts.flatMap(({ expireDate, id }) =>
        expireDate === undefined || ids.has(id) ? [] : [[id, expireDate]]
      )
    )
    return ids
  }
  learn()
  return {
    /** Contracts that are not expired. */
    contracts: (): ReadonlyArray<Contract> => live,
    /** Last day (yyyymmdd) of a listed contract that is over; undefined for any other. */
    lastDayOf: (id: string): number | undefined => over.get(id),
    /** A new list, or the same one on another trading day. */
    onList: (next: DatedContracts): void => {
      const former = list
      list = judged(next)
      options.learn(list.contracts)
      const ids = learn()
      const diff = diffContracts(former, list)
      const expired = diff.expired.map(({ id }) => id).filter((id) => !ids.has(id))
      const listed = options.wantsAll ? diff.listed.map(({ id }) => id) : []
      for (const feed of options.feeds) {
        const left = feed.unwant(expired).changed.length
        const come = feed.want(listed).changed.length
        if (left + come === 0) continue
        options.log.write("INFO", `${left} expired contracts left the wanted set, ${come} new ones came`, {
          event: "wanted_set_changed",
          feed: feed.feed,
          trading_day: next.tradingDay,
          expired: left,
          listed: come
        })
      }
    }
  }
}

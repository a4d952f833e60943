import type { ContractRefresh } from "../application/refresh-contracts.ts"
import type { Contract } from "../domain/contract.ts"
import { wantedOf } from "../domain/contract-life.ts"
import type { DaemonLog } from "./daemon-log.ts"
import type { FeedSubscriptions } from "./subscription-desk.ts"

/**
 * Keeps the wanted sets in step with the catalogue: a contract that expired, or is in no list any more, leaves by itself, and
 * one that is newly listed is wanted where the whole catalogue is. What an operator asked for or took away stays so.
 */
export const followCatalogue = (options: {
  readonly contracts: ReadonlyArray<Contract>
  readonly feeds: ReadonlyArray<FeedSubscriptions>
  /** Everything that is listed is wanted: no instrument was named. */
  readonly wantsAll: boolean
  readonly learn: (contracts: ReadonlyArray<Contract>) => void
  readonly log: Pick<DaemonLog, "write">
}) => {
  let contracts = options.contracts
  return {
    contracts: () => contracts,
    onRefresh: ({ diff, version }: Pick<ContractRefresh, "version" | "diff">): void => {
      contracts = version.contracts
      options.learn(contracts)
      const live = new Set(wantedOf(contracts, {}, version.tradingDay))
      const expired = (diff?.expired ?? []).map(({ id }) => id).filter((id) => !live.has(id))
      const listed = options.wantsAll ? (diff?.listed ?? []).map(({ id }) => id) : []
      for (const feed of options.feeds) {
        const left = feed.unwant(expired).changed.length
        const come = feed.want(listed).changed.length
        if (left + come === 0) continue
        options.log.write("INFO", `${left} expired contracts left the wanted set, ${come} new ones came`, {
          event: "wanted_set_changed",
          feed: feed.feed,
          trading_day: version.tradingDay,
          expired: left,
          listed: come
        })
      }
    }
  }
}

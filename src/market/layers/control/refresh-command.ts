import { Result } from "effect"
import type { CommandReply } from "../../../protocol/market/subscriptions.ts"
import type { ContractRefresh } from "../../application/contracts/refresh-contracts.ts"
import type { RefreshAsks } from "../../application/subscriptions/refresh-asks.ts"
import type { Operations, RefreshedContracts } from "../../ports/operations.ts"

const countsOf = ({ diff, failures, version }: ContractRefresh): RefreshedContracts => ({
  tradingDay: version.tradingDay,
  contracts: version.contracts.length,
  listed: diff?.listed.length ?? null,
  expired: diff?.expired.length ?? null,
  changed: diff?.changed.length ?? null,
  failed: failures.map(({ source }) => source)
})

/** A refresh that an operator commands. Rejects with the catalogue's own error, or when none is done now. */
export const refreshOnAsk =
  (asks: RefreshAsks): NonNullable<Operations["refreshContracts"]> =>
  () =>
    new Promise((resolve, reject) => {
      asks.ask((answer) => {
        if (answer === undefined) reject(new Error("the daemon starts or stops just now; ask again."))
        else if (Result.isSuccess(answer)) resolve(countsOf(answer.success))
        else reject(answer.failure)
      })
    })

/** One sentence for people and the audit. */
export const refreshedWords = (refreshed: RefreshedContracts): string => {
  const { changed, contracts, expired, failed, listed, tradingDay } = refreshed
  const diff = listed === null ? "the first list" : `${listed} listed, ${expired} expired, ${changed} changed`
  const silent = failed.length === 0 ? "" : `; nothing came from ${failed.join(", ")}`
  return `${contracts} contracts for trading day ${tradingDay}: ${diff}${silent}`
}

export const refreshedMessage = (refreshed: RefreshedContracts): NonNullable<CommandReply["refreshed"]> => {
  const { tradingDay, ...counts } = refreshed
  return { trading_day: tradingDay, ...counts }
}

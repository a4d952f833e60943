import { Effect, Result } from "effect"
import type { CommandReply } from "../../../protocol/market/subscriptions.ts"
import type { ContractRefresh } from "../../application/contracts/refresh-contracts.ts"
import type { RefreshAsks } from "../../application/subscriptions/refresh-asks.ts"
import { OperationRefused, type RefreshedContracts } from "../../ports/operations.ts"

const countsOf = ({ diff, failures, version }: ContractRefresh): RefreshedContracts => ({
  tradingDay: version.tradingDay,
  contracts: version.contracts.length,
  listed: diff?.listed.length ?? null,
  expired: diff?.expired.length ?? null,
  changed: diff?.changed.length ?? null,
  failed: failures.map(({ source }) => source)
})

const refuse = (message: string) => Effect.fail(new OperationRefused({ message }))

/** A refresh that an operator commands: waits for the one that includes it. */
export const refreshOnAsk = (asks: RefreshAsks): Effect.Effect<RefreshedContracts, OperationRefused> =>
  Effect.callback((resume) => {
    asks.ask((answer) => {
      if (answer === undefined) resume(refuse("the daemon starts or stops just now; ask again."))
      else if (Result.isSuccess(answer)) resume(Effect.succeed(countsOf(answer.success)))
      else resume(refuse(answer.failure.message))
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

import type { Contract } from "./contract.ts"
import { type ContractFilter, contractFilter } from "./contract-filter.ts"

/** The contract can trade on this day (yyyymmdd): its last day is not over, or is not known. */
export const isLive = ({ expireDate }: Contract, tradingDay: number): boolean =>
  expireDate === undefined || expireDate >= tradingDay

/**
 * Ids of the wanted contracts of a trading day: those that pass the filter and have not expired, each once, in the
 * sequence of the list. Expired contracts leave the wanted set in this way only.
 */
export const wantedOf = (
  contracts: Iterable<Contract>,
  filter: ContractFilter,
  tradingDay: number
): ReadonlyArray<string> => {
  const passes = contractFilter(filter)
  const wanted = new Set<string>()
  for (const contract of contracts) if (isLive(contract, tradingDay) && passes(contract)) wanted.add(contract.id)
  return [...wanted]
}

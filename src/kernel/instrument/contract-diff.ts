import type { Contract } from "./contract.ts"
import { isLive } from "./contract-life.ts"

/** A contract of both lists with one changed field. */
export interface ContractChange {
  readonly id: string
  readonly exchange: string
  readonly field: "exchange" | "priceTick" | "multiplier"
  readonly before: string | number
  readonly after: string | number
}

/** Difference of the contract lists of two trading days. */
export interface ContractDiff {
  /** Not expired now, and not listed before. */
  readonly listed: ReadonlyArray<Contract>
  /** Not expired before, and now past its last day or not listed any more. */
  readonly expired: ReadonlyArray<Contract>
  readonly changed: ReadonlyArray<ContractChange>
}

/** A list and its trading day (yyyymmdd). */
export interface DatedContracts {
  readonly tradingDay: number
  readonly contracts: ReadonlyArray<Contract>
}

const keyOf = ({ exchange, id }: Contract) => `${exchange} ${id}`

const liveOf = ({ contracts, tradingDay }: DatedContracts): Map<string, Contract> =>
  new Map(contracts.filter((contract) => isLive(contract, tradingDay)).map((contract) => [keyOf(contract), contract]))

/** A value that one list leaves out is not a change: the lists have different sources. */
const changesOf = (before: Contract, after: Contract): ReadonlyArray<ContractChange> => {
  const changes: Array<ContractChange> = []
  const { id, exchange } = after
  if (before.exchange !== exchange) {
    changes.push({ id, exchange, field: "exchange", before: before.exchange, after: exchange })
  }
  for (const field of ["priceTick", "multiplier"] as const) {
    const [was, is] = [before[field], after[field]]
    if (was !== undefined && is !== undefined && was !== is)
      changes.push({ id, exchange, field, before: was, after: is })
  }
  return changes
}

/** Compares two lists, both sorted by contract. An id that moved to another exchange is a change. */
export const diffContracts = (before: DatedContracts, after: DatedContracts): ContractDiff => {
  const [was, is] = [liveOf(before), liveOf(after)]
  const gone = [...was].filter(([key]) => !is.has(key)).map(([, contract]) => contract)
  const fresh = [...is].filter(([key]) => !was.has(key)).map(([, contract]) => contract)
  const goneById = new Map(gone.map((contract) => [contract.id, contract]))
  const moved = new Map<Contract, Contract>()
  for (const contract of fresh) {
    const former = goneById.get(contract.id)
    if (former === undefined) continue
    goneById.delete(contract.id)
    moved.set(contract, former)
  }
  const left = new Set(moved.values())
  return {
    listed: fresh.filter((contract) => !moved.has(contract)),
    expired: gone.filter((contract) => !left.has(contract)),
    changed: [...is].flatMap(([key, contract]) => {
      const former = was.get(key) ?? moved.get(contract)
      return former === undefined ? [] : changesOf(former, contract)
    })
  }
}

const count = (value: number) => value.toLocaleString("en-US")

/** `3 listed, 1 expired, 2 changed`: the same text in the log and on the screen. */
export const diffCounts = ({ listed, expired, changed }: ContractDiff): string =>
  `${count(listed.length)} listed, ${count(expired.length)} expired, ${count(changed.length)} changed`

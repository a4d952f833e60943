import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { SubscriptionTable } from "../subscriptions/subscription-table.ts"

const isFuture = (id: string) => parseInstrumentCode(id)?.kind === "future"

/**
 * Rows of main contracts among `rows`. The main contract of a product is its future with the largest volume of the
 * present and the previous trading day, so that it is known at an opening too. A contract whose volume this run has
 * not seen is none. Walks the directory: call it when `rows` are few and the question is rare.
 */
export const mainContractsOf = (
  rows: ReadonlyArray<number>,
  table: Pick<SubscriptionTable, "idOf" | "indexOf" | "arrivals">,
  directory: InstrumentDirectory
): ReadonlyArray<number> => {
  const { volumes } = table.arrivals
  const futures = rows.filter((row) => table.indexOf(row) >= 0 && isFuture(table.idOf(row)))
  if (volumes === undefined || futures.length === 0) return []
  const key = (index: number) => {
    const instrument = directory.at(index)
    return `${instrument?.exchange} ${instrument?.product}`
  }
  const most = new Map(futures.map((row) => [key(table.indexOf(row)), 0]))
  for (let index = 0; index < directory.size; index++) {
    const volume = volumes.largestOf(index)
    const known = volume > 0 ? most.get(key(index)) : undefined
    if (known !== undefined && volume > known && isFuture(directory.at(index)?.id ?? "")) most.set(key(index), volume)
  }
  return futures.filter((row) => {
    const volume = volumes.largestOf(table.indexOf(row))
    return volume > 0 && volume === most.get(key(table.indexOf(row)))
  })
}

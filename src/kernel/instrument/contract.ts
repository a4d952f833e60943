import type { Exchange } from "./exchange.ts"
import { instrumentTextProblem, shownInstrument } from "./instrument-text.ts"

/**
 * One row of a contract list.
 * Identity: `exchange` and `id`. Units: `priceTick` in the price's own unit, `multiplier` in units of the goods per
 * lot. `expireDate` is yyyymmdd. A key that the list did not give is absent.
 */
export interface Contract {
  readonly id: string
  readonly exchange: Exchange
  /** Letters of the code (`cu` for the option `cu2110C43000`), or the list's own product when the code has none. */
  readonly product: string
  readonly priceTick?: number
  readonly multiplier?: number
  readonly expireDate?: number
  readonly name?: string
}

/** Contracts, each once, and the number of repeated and unusable rows of the source. `rows` is the sum of all three. */
export interface ContractList {
  readonly contracts: ReadonlyArray<Contract>
  readonly rows: number
  /** Rows with the exchange and id of an earlier row. Missing values of the earlier row are taken from them. */
  readonly duplicates: number
  /**
   * Rows without an id, with an id that no front accepts, or whose exchange is neither given nor known from the
   * product.
   */
  readonly unusable: number
  /** Rows that were set aside for their id, named and escaped: the first ones; absent when there was none. */
  readonly setAside?: ReadonlyArray<string>
  /** yyyymmdd, when the source names the trading day of its list. */
  readonly tradingDay?: number
}

/** Maximum number of named rows; all of them are counted. */
const namedMax = 20

/**
 * Merges rows by exchange and id, in sequence of their first row; undefined marks an unusable row. An id with a
 * control character, or one that is too long, is set aside by name: it could be read as another instrument, or as a
 * command.
 */
export const mergeContracts = (rows: Iterable<Contract | undefined>): ContractList => {
  const merged = new Map<string, Contract>()
  let count = 0
  let unusable = 0
  const setAside: Array<string> = []
  for (const row of rows) {
    count++
    const problem = row === undefined ? undefined : instrumentTextProblem(row.id)
    if (row === undefined || problem !== undefined) {
      unusable++
      if (row !== undefined && setAside.length < namedMax) setAside.push(`${shownInstrument(row.id)}: ${problem}`)
      continue
    }
    const key = `${row.exchange} ${row.id}`
    const earlier = merged.get(key)
    merged.set(key, earlier === undefined ? row : { ...row, ...earlier })
  }
  return {
    contracts: [...merged.values()],
    rows: count,
    duplicates: count - unusable - merged.size,
    unusable,
    ...(setAside.length > 0 && { setAside })
  }
}

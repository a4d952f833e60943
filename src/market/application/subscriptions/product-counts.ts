import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import { type InstrumentDirectory, unnamedProduct } from "../../../kernel/instrument/instrument-directory.ts"
import { exchangeOfProduct } from "../../../kernel/instrument/product-exchange.ts"
import type { SubscriptionTable } from "./subscription-table.ts"

/** Instruments of one product on one feed. */
export interface ProductCount {
  readonly product: string
  readonly wanted: number
  /** Of these: not acknowledged by the front, or acknowledged and silent while they should tick. */
  readonly gap: number
}

/**
 * Counts the wanted instruments of a feed by product. Products that no exchange lists are one, `other`, so that a
 * catalogue cannot make series without a bound. Called at a scrape: the product of a row is looked up once.
 */
export class ProductCounts {
  private readonly table: SubscriptionTable
  private readonly directory: InstrumentDirectory
  private readonly names: Array<string> = []
  private readonly numbers = new Map<string, number>()
  /** By row: the id that was looked up, and the number of its product. A row may be used again by another id. */
  private readonly ids: Array<string> = []
  private readonly ofRow: Array<number> = []

  constructor(table: SubscriptionTable, directory: InstrumentDirectory) {
    this.table = table
    this.directory = directory
  }

  /** `stalled`: rows of the table. */
  read(stalled: ReadonlyArray<number>): ReadonlyArray<ProductCount> {
    const { table } = this
    const wanted: Array<number> = []
    const gap: Array<number> = []
    const add = (counts: Array<number>, number: number) => void (counts[number] = (counts[number] ?? 0) + 1)
    for (let row = 0; row < table.size; row++) {
      if (!table.isWanted(row)) continue
      const number = this.numberOf(row)
      add(wanted, number)
      if (!table.isAcknowledged(row)) add(gap, number)
    }
    for (const row of stalled) if (table.isWanted(row) && table.isAcknowledged(row)) add(gap, this.numberOf(row))
    return this.names.flatMap((product, number) => {
      const count = wanted[number]
      return count === undefined ? [] : [{ product, wanted: count, gap: gap[number] ?? 0 }]
    })
  }

  private numberOf(row: number): number {
    const id = this.table.idOf(row)
    if (this.ids[row] !== id) {
      this.ids[row] = id
      this.ofRow[row] = this.numberOfProduct(this.productOf(id))
    }
    return this.ofRow[row] as number
  }

  private productOf(id: string): string {
    const product = this.directory.contractOf(id)?.product ?? parseInstrumentCode(id)?.product
    return product === undefined || exchangeOfProduct(product) === undefined ? unnamedProduct : product
  }

  private numberOfProduct(product: string): number {
    const known = this.numbers.get(product)
    if (known !== undefined) return known
    this.numbers.set(product, this.names.length)
    return this.names.push(product) - 1
  }
}

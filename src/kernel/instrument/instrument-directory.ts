import type { Contract } from "./contract.ts"
import { type Exchange, exchanges } from "./exchange.ts"
import type { Instrument } from "./instrument.ts"
import { parseInstrumentCode } from "./instrument-code.ts"
import { exchangeOfProduct } from "./product-exchange.ts"

/** Product of a contract whose code has no letters (SSE's `10004405`) and that is in no list. */
export const unnamedProduct = "other"

/**
 * Finds the instrument of a tick, and assigns the daemon-wide number that records carry.
 * Ordinary fronts leave ExchangeID empty. The exchange is then taken from the contract list, else from the product's
 * letters; the letters also work for contracts that have expired from the list. A look-up of a known id is one map
 * read and allocates nothing. Memory grows with the instruments seen, never with unknown ids.
 */
export class InstrumentDirectory {
  private readonly instruments: Array<Instrument> = []
  /** By ExchangeID index as in the tick; 0 holds the ids that arrived without one. */
  private readonly known: ReadonlyArray<Map<string, Instrument>> = exchanges.map(() => new Map<string, Instrument>())
  private readonly listed = new Map<string, Contract>()

  constructor(contracts: Iterable<Contract> = []) {
    this.learn(contracts)
  }

  /** Number of instruments seen so far; their indexes are 0 .. size - 1. */
  get size(): number {
    return this.instruments.length
  }

  /**
   * Adds contracts. Instruments already seen keep their index, exchange and product. When a list holds an id on two
   * exchanges, the exchange of the product's letters wins, else the first.
   */
  learn(contracts: Iterable<Contract>): void {
    for (const contract of contracts) {
      const earlier = this.listed.get(contract.id)
      if (
        earlier === undefined ||
        earlier.exchange === contract.exchange ||
        exchangeOfProduct(contract.product) === contract.exchange
      ) {
        this.listed.set(contract.id, contract)
      }
    }
  }

  /**
   * The instrument of a tick, numbered at its first tick; undefined when its exchange cannot be found (quarantine).
   * `exchangeIndex` is the index in `exchanges`; any value but 1 .. 8 (empty, or an unknown text) is ignored.
   */
  resolve(id: string, exchangeIndex: number): Instrument | undefined {
    const given = exchangeIndex >= 1 && exchangeIndex < this.known.length ? exchangeIndex : 0
    return (this.known[given] as Map<string, Instrument>).get(id) ?? this.admit(id, given)
  }

  /** The instrument with this id on any exchange, if it has been seen. Adds nothing. */
  seen(id: string): Instrument | undefined {
    for (const known of this.known) {
      const instrument = known.get(id)
      if (instrument !== undefined) return instrument
    }
    return undefined
  }

  /** The instrument with this index; undefined when there is none yet. */
  at(index: number): Instrument | undefined {
    return this.instruments[index]
  }

  /** The contract list's entry for an id; undefined when it is not listed. */
  contractOf(id: string): Contract | undefined {
    return this.listed.get(id)
  }

  /**
   * Exchange and product of an id, by the contract list or its letters; undefined when neither is known. Adds
   * nothing.
   */
  listing(id: string): Pick<Instrument, "exchange" | "product"> | undefined {
    const product = this.productOf(id)
    const exchange = this.exchangeOf(id, product)
    return exchange === undefined ? undefined : { exchange, product: product ?? unnamedProduct }
  }

  private productOf(id: string): string | undefined {
    return parseInstrumentCode(id)?.product ?? this.listed.get(id)?.product
  }

  private exchangeOf(id: string, product: string | undefined): Exchange | undefined {
    return this.listed.get(id)?.exchange ?? (product === undefined ? undefined : exchangeOfProduct(product))
  }

  private admit(id: string, given: number): Instrument | undefined {
    if (id === "") return undefined
    const product = this.productOf(id)
    const exchange = given > 0 ? (exchanges[given] as Exchange) : this.exchangeOf(id, product)
    if (exchange === undefined) return undefined
    // The same contract may arrive with and without its ExchangeID: both lead to one index.
    const own = this.known[exchanges.indexOf(exchange)] as Map<string, Instrument>
    let instrument = own.get(id)
    if (instrument === undefined) {
      instrument = { index: this.instruments.length, id, exchange, product: product ?? unnamedProduct }
      this.instruments.push(instrument)
      own.set(id, instrument)
    }
    this.known[given]?.set(id, instrument)
    return instrument
  }
}

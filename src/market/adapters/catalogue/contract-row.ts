import { Schema } from "effect"
import type { Contract } from "../../../kernel/instrument/contract.ts"
import { Exchange } from "../../../kernel/instrument/exchange.ts"
import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import { isAbsent } from "../../../kernel/instrument/price.ts"
import { exchangeOfProduct } from "../../../kernel/instrument/product-exchange.ts"

/**
 * A row of any contract list: CTP's own names, the snake_case of Python tools, WonderTrader's names, or a CSV's
 * header.
 */
export type ContractRow = Readonly<Record<string, unknown>>

const idKeys = ["InstrumentID", "instrument_id", "symbol", "code"]
const exchangeKeys = ["ExchangeID", "exchange_id", "exchange", "exchg"]
const productKeys = ["ProductID", "product_id", "product"]
const priceTickKeys = ["PriceTick", "price_tick", "pricetick", "priceTick"]
const multiplierKeys = ["VolumeMultiple", "volume_multiple", "multiplier", "volscale", "size"]
const expireKeys = ["ExpireDate", "expire_date", "expireDate"]
const nameKeys = ["InstrumentName", "instrument_name", "name"]

const isExchange = Schema.is(Exchange)

/** True when a row (or a CSV's header) has a column for a contract's id. */
export const namesContracts = (keys: Iterable<string>): boolean => {
  for (const key of keys) if (idKeys.includes(key)) return true
  return false
}

const textOf = (row: ContractRow, keys: ReadonlyArray<string>): string | undefined => {
  for (const key of keys) {
    const value = row[key]
    const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : ""
    if (text !== "") return text
  }
  return undefined
}

const positiveOf = (row: ContractRow, keys: ReadonlyArray<string>): number | undefined => {
  const value = Number(textOf(row, keys))
  return value > 0 && !isAbsent(value) ? value : undefined
}

/** The contract of a row; undefined when it has no id, or no exchange and a product whose exchange is not known. */
export const contractOfRow = (row: ContractRow): Contract | undefined => {
  const id = textOf(row, idKeys)
  if (id === undefined) return undefined
  // A list's own ProductID is a trading unit (`cu_o`, `TAC`, `rbefp`). The letters of the code are the product.
  const product = parseInstrumentCode(id)?.product ?? textOf(row, productKeys)
  if (product === undefined) return undefined
  const given = textOf(row, exchangeKeys)?.toUpperCase()
  const exchange = given === undefined ? exchangeOfProduct(product) : isExchange(given) ? given : undefined
  if (exchange === undefined) return undefined
  const priceTick = positiveOf(row, priceTickKeys)
  const multiplier = positiveOf(row, multiplierKeys)
  const expireDate = positiveOf({ expiry: textOf(row, expireKeys)?.replaceAll("-", "") }, ["expiry"])
  // The query worker marks control characters: in a name the mark becomes a blank, in an id it stays.
  const name = textOf(row, nameKeys)?.replaceAll("\u001a", " ")
  return {
    id,
    exchange,
    product,
    ...(priceTick === undefined ? {} : { priceTick }),
    ...(multiplier === undefined ? {} : { multiplier }),
    ...(expireDate === undefined ? {} : { expireDate }),
    ...(name === undefined ? {} : { name })
  }
}

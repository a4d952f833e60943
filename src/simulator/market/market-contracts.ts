import type { Exchange } from "../../kernel/instrument/exchange.ts"
import { type CodeStyle, type MarketProduct, marketProducts } from "./market-product.ts"

/** A contract of the generated market. Prices in CNY as quoted. */
export interface MarketContract {
  readonly id: string
  readonly exchange: Exchange
  readonly priceTick: number
  /** Units of the quoted price in one lot. */
  readonly multiplier: number
  /** Start price of the random walk. */
  readonly basePrice: number
  /**
   * Distance from the settlement price to each daily limit. Options move with their underlying, so theirs is wider
   * than 10 % of the premium.
   */
  readonly limitDistance: number
}

/** Delivery months are counted from December 2026: names depend on the number of contracts only, never on the date. */
const firstMonth = 2026 * 12 + 11
const futuresMonths = 6
const optionMonths = 4

/**
 * The first `count` contracts of the generated market, always the same in the same sequence: six months of futures
 * over all products of six exchanges, then options with strikes further and further from the money.
 */
export const marketContracts = (count: number): ReadonlyArray<MarketContract> => {
  const contracts: Array<MarketContract> = []
  for (const contract of listing()) {
    if (contracts.length >= count) break
    contracts.push(contract)
  }
  return contracts
}

function* listing(): Generator<MarketContract> {
  for (let month = 0; month < futuresMonths; month++) {
    for (const product of marketProducts) yield future(product, month)
  }
  for (let step = 0; ; step++) {
    for (let month = 0; month < optionMonths; month++) {
      for (const product of marketProducts) {
        yield* optionsAt(product, month, step)
        if (step > 0) yield* optionsAt(product, month, -step)
      }
    }
  }
}

const future = (product: MarketProduct, month: number): MarketContract => {
  const { basePrice, exchange, multiplier, priceTick } = product
  const id = product.product + monthCode(product.style, month)
  return { id, exchange, priceTick, multiplier, basePrice, limitDistance: basePrice / 10 }
}

/** Call and put with a strike `step` strikes from the money; none where the strike would not be positive. */
function* optionsAt(product: MarketProduct, month: number, step: number): Generator<MarketContract> {
  const { options } = product
  if (options === undefined) return
  const strike = (Math.round(product.basePrice / options.strikeStep) + step) * options.strikeStep
  if (strike <= 0) return
  const timeValue = Math.max(product.basePrice * 0.02 * Math.exp(-Math.abs(step) / 4), 12 * options.priceTick)
  for (const right of ["C", "P"] as const) {
    const intrinsic = Math.max(right === "C" ? product.basePrice - strike : strike - product.basePrice, 0)
    const code = options.product + monthCode(product.style, month)
    yield {
      id: product.style === "dashed" ? `${code}-${right}-${strike}` : `${code}${right}${strike}`,
      exchange: product.exchange,
      priceTick: options.priceTick,
      multiplier: product.multiplier,
      basePrice: intrinsic + timeValue,
      limitDistance: product.basePrice / 10
    }
  }
}

/** `2612`; CZCE writes the year with one digit: `612`. */
const monthCode = (style: CodeStyle, offset: number): string => {
  const month = firstMonth + offset
  const year = Math.floor(month / 12) % (style === "three-digit" ? 10 : 100)
  return `${style === "three-digit" ? year : String(year).padStart(2, "0")}${String((month % 12) + 1).padStart(2, "0")}`
}

import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { PriceUnits } from "./amount.ts"
import { makePricePath, type PaperQuote, type PricePath } from "./price-path.ts"

/** The one symbol of the data stream `/v2/test`: it is quoted at all hours and not traded. */
export const testSymbol = "FAKEPACA"

interface PaperSplit {
  readonly id: string
  readonly symbol: string
  /** Shares after, for each share before. */
  readonly newRate: number
  readonly oldRate: number
  readonly at: InstantNs
}

/** Quotes of all symbols, with what an operator did to them: pinned prices, halts, splits. */
export interface PaperMarket {
  readonly quote: (symbol: string, at: InstantNs) => PaperQuote
  readonly mid: (symbol: string, at: InstantNs) => number
  readonly path: (symbol: string) => PricePath
  /** Holds a quote until it is released: a test chooses what crosses. */
  readonly pin: (symbol: string, quote: { readonly bid: PriceUnits; readonly ask: PriceUnits } | undefined) => void
  readonly split: (split: PaperSplit) => void
  readonly splits: () => ReadonlyArray<PaperSplit>
  /** What a price of a past instant is multiplied with to be one of today. */
  readonly splitFactor: (symbol: string, from: InstantNs) => number
  readonly halt: (symbol: string, halted: boolean) => void
  readonly isHalted: (symbol: string) => boolean
  readonly onHalt: (listener: (symbol: string, halted: boolean) => void) => void
}

export const makePaperMarket = (
  seed: number,
  stepNs: bigint,
  basePrices: ReadonlyMap<string, PriceUnits | undefined>
): PaperMarket => {
  const paths = new Map([...basePrices].map(([symbol, base]) => [symbol, makePricePath(seed, symbol, stepNs, base)]))
  const pinned = new Map<string, { readonly bid: PriceUnits; readonly ask: PriceUnits }>()
  const halted = new Set<string>()
  const splits: Array<PaperSplit> = []
  const haltListeners: Array<(symbol: string, halted: boolean) => void> = []
  const path = (symbol: string): PricePath => {
    const found = paths.get(symbol)
    if (found === undefined) throw new Error(`symbol ${symbol} is not of this market`)
    return found
  }
  const splitShare = (symbol: string, at: InstantNs): number => {
    let share = 1
    for (const split of splits) if (split.symbol === symbol && split.at <= at) share *= split.oldRate / split.newRate
    return share
  }
  const scaled = (units: number, share: number) => Math.max(1, Math.round(units * share))
  return {
    path,
    mid: (symbol, at) => path(symbol).mid(at) * splitShare(symbol, at),
    quote: (symbol, at) => {
      const quote = path(symbol).quote(at)
      const pin = pinned.get(symbol)
      if (pin !== undefined) return { ...quote, ...pin }
      const share = splitShare(symbol, quote.at)
      return share === 1 ? quote : { ...quote, bid: scaled(quote.bid, share), ask: scaled(quote.ask, share) + 1 }
    },
    pin: (symbol, quote) => void (quote === undefined ? pinned.delete(symbol) : pinned.set(symbol, quote)),
    split: (split) => {
      splits.push(split)
      const pin = pinned.get(split.symbol)
      const share = split.oldRate / split.newRate
      if (pin !== undefined) pinned.set(split.symbol, { bid: scaled(pin.bid, share), ask: scaled(pin.ask, share) })
    },
    splits: () => splits,
    splitFactor: (symbol, from) => {
      let share = 1
      for (const split of splits) if (split.symbol === symbol && split.at > from) share *= split.oldRate / split.newRate
      return share
    },
    halt: (symbol, on) => {
      if (on === halted.has(symbol)) return
      if (on) halted.add(symbol)
      else halted.delete(symbol)
      for (const listener of haltListeners) listener(symbol, on)
    },
    onHalt: (listener) => void haltListeners.push(listener),
    isHalted: (symbol) => halted.has(symbol)
  }
}

import { BigDecimal } from "effect"
import { decimalText } from "../../../../kernel/decimal.ts"
import { midOf, unvaluedSymbol } from "../exposure.ts"
import { type Check, magnitude, pass, refuse, refuseEntry } from "../finding.ts"

const missing: Check = {
  code: "PRICE_MISSING",
  judge: (view, { request: { symbol } }, { kind }) => {
    const { quotes, exchangeNow } = view
    if (exchangeNow === undefined) return refuseEntry(kind, "the exchange's clock is not known")
    const quote = quotes.get(symbol)
    if (quote === undefined) return refuseEntry(kind, `there is no quote of ${symbol}`)
    const unvalued = unvaluedSymbol(view)
    if (unvalued !== undefined) {
      return refuseEntry(kind, `an order of ${unvalued} works, and there is no price to value it at`)
    }
    return BigDecimal.isPositive(quote.bid) && BigDecimal.isPositive(quote.ask)
      ? pass
      : refuseEntry(kind, `the quote of ${symbol} has one side only`)
  }
}

const stale: Check = {
  code: "PRICE_STALE",
  judge: ({ quotes, exchangeNow, limits }, { request: { symbol } }, { kind }) => {
    const quote = quotes.get(symbol)
    // PRICE_MISSING has it.
    if (quote === undefined || exchangeNow === undefined) return pass
    const ageMs = Number((exchangeNow - quote.at) / 1_000_000n)
    if (ageMs < -1000) return refuseEntry(kind, `the quote of ${symbol} is ${-ageMs} ms in the future`)
    return ageMs > limits.quoteAgeMsMax
      ? refuseEntry(kind, `the quote of ${symbol} is ${ageMs} ms old, limit ${limits.quoteAgeMsMax} ms`)
      : pass
  }
}

const tainted: Check = {
  code: "PRICE_TAINTED",
  judge: ({ quotes }, { request: { symbol } }, { kind }) => {
    const quote = quotes.get(symbol)
    if (quote === undefined) return pass
    if (quote.taint !== "") return refuseEntry(kind, `the quote of ${symbol} is not usable: ${quote.taint}`)
    return BigDecimal.isGreaterThan(quote.bid, quote.ask)
      ? refuseEntry(kind, `the quote of ${symbol} is crossed`)
      : pass
  }
}

/**
 * A limit far from the market is a typing error or a stale plan; a market order has no price to check. An exit is not
 * held back by a quote that is itself not usable.
 */
const collar: Check = {
  code: "PRICE_COLLAR",
  judge: (view, proposal, exposure) => {
    const { quotes, limits } = view
    const { request } = proposal
    const quote = quotes.get(request.symbol)
    if (quote === undefined) return pass
    const mid = midOf(quote)
    if (!BigDecimal.isPositive(mid)) return pass
    for (const [name, price] of [
      ["limit", request.limitPrice],
      ["stop", request.stopPrice]
    ] as const) {
      if (price === undefined) continue
      const distance = magnitude(BigDecimal.subtract(price, mid))
      if (BigDecimal.isGreaterThan(distance, BigDecimal.multiply(mid, limits.priceCollarShare))) {
        const isUsable = [missing, stale, tainted].every(
          (check) => check.judge(view, proposal, exposure).outcome === "pass"
        )
        return (isUsable ? refuse : (message: string) => refuseEntry(exposure.kind, message))(
          `${name} price ${decimalText(price)} is more than ${decimalText(limits.priceCollarShare)} of ${decimalText(mid)} away from it`
        )
      }
    }
    return pass
  }
}

export const priceChecks: ReadonlyArray<Check> = [missing, stale, tainted, collar]

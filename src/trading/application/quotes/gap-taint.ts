import { Effect, Layer } from "effect"
import { MarketGaps } from "../../ports/market-gaps.ts"
import { Quotes } from "../../ports/quotes.ts"

/** The quotes, with a taint where the market data of the instrument has an open gap or is not known to have none. */
export const gapTaint = Layer.effect(
  Quotes,
  Effect.gen(function* () {
    const [quotes, gaps] = [yield* Quotes, yield* MarketGaps]
    return Quotes.of({
      ...quotes,
      quote: (symbol) => {
        const quote = quotes.quote(symbol)
        if (quote === undefined || quote.taint !== "") return quote
        const taint = gaps.problem(symbol)
        return taint === undefined ? quote : { ...quote, taint }
      }
    })
  })
)

import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import { double, recordF64, recordI32, word } from "../domain/tick-slab.ts"
import { settleTradingTime, TradingTime } from "../domain/trading-time.ts"
import { quarantineReasons } from "./ledger.ts"
import type { NormaliseTick } from "./tick-intake.ts"

const unknownInstrument = quarantineReasons.indexOf("unknown_instrument")
const noExchangeTime = quarantineReasons.indexOf("no_exchange_time")

/**
 * Turns a raw slot into a tick in place: names its instrument, settles its exchange time and trading day.
 * `loginTradingDay` gives the yyyymmdd of the last login answer, 0 before one. Allocates nothing for a known instrument.
 */
export const makeNormaliseTick = (options: {
  readonly directory: InstrumentDirectory
  readonly loginTradingDay: () => number
}): NormaliseTick => {
  const { directory, loginTradingDay } = options
  const time = new TradingTime()
  return (slab, row, symbols) => {
    const words = row * recordI32
    const { i32, u32 } = slab
    const symbol = u32[words + word.instrument] as number
    let index = symbols.resolved[symbol] ?? -1
    if (index < 0) {
      const id = symbols.ids[symbol]
      const found = id === undefined ? undefined : directory.resolve(id, i32[words + word.exchange] as number)
      if (found === undefined) return unknownInstrument
      index = found.index
      symbols.resolved[symbol] = index
    }
    const instrument = directory.at(index)
    if (instrument === undefined) return unknownInstrument
    const verdict = settleTradingTime(
      i32[words + word.updateSec] as number,
      i32[words + word.updateMs] as number,
      i32[words + word.actionDay] as number,
      i32[words + word.tradingDay] as number,
      instrument.exchange,
      loginTradingDay(),
      time
    )
    if (verdict !== 0) return noExchangeTime
    u32[words + word.instrument] = index
    u32[words + word.verdict] = 0
    i32[words + word.tradingDay] = time.tradingDay
    slab.f64[row * recordF64 + double.exchangeTimeMs] = time.exchangeTimeMs
    return 0
  }
}

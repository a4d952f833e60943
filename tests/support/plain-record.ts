import { Schema } from "effect"
import { isAbsent } from "../../src/kernel/instrument/price.ts"
import { lawsIn } from "../../src/kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { TickMessage } from "../../src/protocol/market/tick/tick-schema.ts"
import {
  averagePrice,
  daily,
  lastPrice,
  lastVolume,
  levels,
  type RecordNames,
  receivedMicros,
  totals
} from "../../src/protocol/market/tick/tick-values.ts"

const validate = Schema.decodeUnknownSync(TickMessage)

/**
 * A record as its message: the same fields in a simple way, checked by the schema `TickMessage`, the one definition
 * of a tick. Tests compare it with `makeTickWriter`, which writes the same bytes without an object. Throws
 * `SchemaError` when the record breaks the schema (an invalid exchange time, an unknown instrument).
 */
export const plainRecord = (
  { directory, feedNames }: RecordNames,
  slab: TickSlab,
  row: number,
  feedIndex: number
): TickMessage => {
  const number = (at: number): number => (slab.f64[row * recordF64 + at] as number) + 0
  const integer = (at: number): number => slab.i32[row * recordI32 + at] as number
  const instrument = directory.at(integer(word.instrument))
  const message: Record<string, unknown> = { symbol: instrument?.id, exchange: instrument?.exchange }
  const put = ([key, at]: readonly [string, number]): void => {
    const value = number(at)
    if (!isAbsent(value)) message[key] = value
  }
  const putDay = (key: string, yyyymmdd: number): void => {
    if (yyyymmdd >= 10_000_000 && yyyymmdd <= 99_999_999) message[key] = String(yyyymmdd)
  }
  const putSide = (side: string, price: number, volume: number): void => {
    const present = Array.from({ length: levels }, (_, level) => !isAbsent(number(price + level)))
    for (const [level, sent] of present.entries())
      if (sent) message[`${side}_price_${level + 1}`] = number(price + level)
    for (const [level, sent] of present.entries()) {
      const lots = integer(volume + level)
      if (sent || lots !== 0) message[`${side}_volume_${level + 1}`] = lots
    }
  }

  const ts = number(double.exchangeTimeMs)
  // Not a date: the schema reports it with the field's name, which is clearer than Date's own error.
  message["datetime"] =
    Number.isInteger(ts) && ts >= 1000 && ts < 253_402_300_800_000 ? new Date(ts).toISOString() : `${ts}`
  message["ts"] = ts
  putDay("trading_day", integer(word.tradingDay))
  putDay("action_day", integer(word.actionDay))
  put(lastPrice)
  message["volume"] = integer(word.volume)
  if (integer(lastVolume[1]) >= 0) message[lastVolume[0]] = integer(lastVolume[1])
  totals.forEach(put)
  daily.forEach(put)
  putSide("bid", double.bidPrice1, word.bidVolume1)
  putSide("ask", double.askPrice1, word.askVolume1)
  put(averagePrice)
  message["feed"] = feedNames[feedIndex]
  message["seq"] = slab.seq(row)
  message["recv_ts"] = receivedMicros(slab, row) / 1000
  const flags = lawsIn(integer(word.verdict))
  if (flags.length > 0) message["flags"] = flags
  return validate(message)
}

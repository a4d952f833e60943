import { double, recordF64, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { makeTickSerializer } from "../../src/market/adapters/serial/tick-serializer.ts"
import type { TickFormat } from "../../src/protocol/market/tick/tick-format.ts"

/** A message as the line would store it. */
export interface BenchMessage {
  readonly subject: string
  readonly data: Uint8Array
}

const tradingDay = 20261123

/** One tick of each of `instruments` contracts, half of them with five levels, as the line's own writer writes them. */
export const benchMessages = (format: TickFormat, instruments: number): ReadonlyArray<BenchMessage> => {
  const idOf = (index: number) => `rb${String(index + 1).padStart(5, "0")}`
  const directory = { at: (index: number) => ({ id: idOf(index), exchange: "SHFE" }) }
  const writer = makeTickSerializer(format, { directory, feedNames: ["primary"] })
  const slab = new TickSlab(1)
  return Array.from({ length: instruments }, (_, index) => {
    slab.u32.fill(0)
    slab.f64.fill(Number.MAX_VALUE, double.last, recordF64)
    slab.f64[double.exchangeTimeMs] = Date.UTC(2026, 10, 23, 1, 0, 0, 500)
    for (const [at, value] of [
      [double.last, 3500 + (index % 100)],
      [double.turnover, 1_234_567_890 + index * 12.5],
      [double.openInterest, 123_456 + index],
      [double.upperLimit, 3850],
      [double.lowerLimit, 3150],
      [double.open, 3490],
      [double.high, 3610],
      [double.low, 3480],
      [double.preClose, 3495],
      [double.preSettlement, 3500],
      [double.average, 35_000.5 + index * 0.123]
    ] as const) {
      slab.f64[at] = value
    }
    for (let level = 0; level < (index % 2 === 0 ? 5 : 1); level++) {
      slab.f64[double.bidPrice1 + level] = 3499 - level
      slab.f64[double.askPrice1 + level] = 3500 + level
      slab.i32[word.bidVolume1 + level] = 10 + level
      slab.i32[word.askVolume1 + level] = 12 + level
    }
    slab.i32[word.tradingDay] = tradingDay
    slab.i32[word.actionDay] = tradingDay
    slab.i32[word.instrument] = index
    slab.i32[word.volume] = 100_000 + index
    slab.i32[word.lastVolume] = index % 9
    slab.u32[word.seqLow] = index
    slab.u32[word.recvNsHigh] = 418_000_000
    slab.u32[word.recvNsLow] = index * 1000
    return { subject: `md.tick.SHFE.rb.${idOf(index)}`, data: writer.write(slab, 0, 0) }
  })
}

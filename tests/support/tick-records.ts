// Hand-made raw records: a valid tick of rb2701 in continuous trading, with the changes of a test.

import { type PhaseSource, tradingPhase } from "../../src/kernel/calendar/trading-phase.ts"
import { exchanges } from "../../src/kernel/instrument/exchange.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { lawsIn } from "../../src/kernel/tick/law.ts"
import { double, recordF64, recordI32, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { TickLedger as Book, quarantineReasons, type TickLedger } from "../../src/market/application/intake/ledger.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { liveClock } from "../../src/market/application/intake/tick-clock.ts"
import { duplicateTick } from "../../src/market/application/intake/tick-intake.ts"

export const noValue = Number.MAX_VALUE

export interface RawTick {
  readonly id: string
  readonly exchange: string
  readonly time: string
  readonly ms: number
  readonly tradingDay: number
  readonly actionDay: number
  readonly volume: number
  readonly last: number
  readonly turnover: number
  readonly openInterest: number
  readonly upper: number
  readonly lower: number
  readonly bids: ReadonlyArray<readonly [price: number, lots: number]>
  readonly asks: ReadonlyArray<readonly [price: number, lots: number]>
  /** Milliseconds after the exchange time that the tick arrives. */
  readonly lateMs: number
}

export const soundTick: RawTick = {
  id: "rb2701",
  exchange: "",
  time: "10:00:00",
  ms: 0,
  tradingDay: 20261120,
  actionDay: 20261120,
  volume: 1000,
  last: 3594,
  turnover: 35_940_000,
  openInterest: 50_000,
  upper: 3800,
  lower: 3400,
  bids: [[3593, 5]],
  asks: [[3594, 7]],
  lateMs: 40
}

const dayMs = (yyyymmdd: number) =>
  Date.UTC(Math.floor(yyyymmdd / 10000), (Math.floor(yyyymmdd / 100) % 100) - 1, yyyymmdd % 100)

/** Writes a raw record, as the shim leaves it in the ring. */
export const writeRaw = (slab: TickSlab, row: number, tick: RawTick, symbol: number, seq: number): void => {
  const [w, d] = [row * recordI32, row * recordF64]
  const { i32, u32, f64 } = slab
  i32.fill(0, w, w + recordI32)
  f64.fill(noValue, d + double.last, d + double.askPrice1 + 5)
  const [hours = 0, minutes = 0, seconds = 0] = tick.time.split(":").map(Number)
  const updateSec = hours * 3600 + minutes * 60 + seconds
  const received = dayMs(tick.actionDay) - 28_800_000 + updateSec * 1000 + tick.ms + tick.lateMs
  const receivedNs = BigInt(received) * 1_000_000n
  u32[w + word.seqLow] = seq
  u32[w + word.recvNsLow] = Number(receivedNs & 0xffffffffn)
  u32[w + word.recvNsHigh] = Number(receivedNs >> 32n)
  u32[w + word.verdict] = 1
  u32[w + word.instrument] = symbol
  i32[w + word.tradingDay] = tick.tradingDay
  i32[w + word.actionDay] = tick.actionDay
  i32[w + word.updateSec] = tick.time === "" ? -1 : updateSec
  i32[w + word.updateMs] = tick.ms
  i32[w + word.volume] = tick.volume
  i32[w + word.exchange] = (exchanges as ReadonlyArray<string>).indexOf(tick.exchange)
  f64[d + double.last] = tick.last
  f64[d + double.turnover] = tick.turnover
  f64[d + double.openInterest] = tick.openInterest
  f64[d + double.upperLimit] = tick.upper
  f64[d + double.lowerLimit] = tick.lower
  for (const [level, [price, lots]] of tick.bids.entries()) {
    f64[d + double.bidPrice1 + level] = price
    i32[w + word.bidVolume1 + level] = lots
  }
  for (const [level, [price, lots]] of tick.asks.entries()) {
    f64[d + double.askPrice1 + level] = price
    i32[w + word.askVolume1 + level] = lots
  }
}

/** The fate of a tick: its flags, or why it is not published. */
export type Fate = { readonly flags: ReadonlyArray<string>; readonly lastVolume: number } | string

export const alwaysIn =
  (phase: (typeof tradingPhase)[keyof typeof tradingPhase]): PhaseSource =>
  () => ({ phase, fromMs: 0, untilMs: Number.POSITIVE_INFINITY })

/** A separate line for one test: checks valid ticks with changes, in sequence. */
export const makeJudge = (options: { readonly hours?: PhaseSource; readonly priceTick?: number } = {}) => {
  const directory = new InstrumentDirectory(
    options.priceTick === undefined
      ? []
      : [{ id: "rb2701", exchange: "SHFE", product: "rb", priceTick: options.priceTick }]
  )
  const normalise = makeNormaliseTick({
    directory,
    loginTradingDay: () => 0,
    clock: liveClock,
    hours: options.hours ?? alwaysIn(tradingPhase.trading)
  })
  const symbols = { ids: [undefined] as Array<string | undefined>, resolved: [-1] }
  const slab = new TickSlab(1)
  let seq = 0
  const judge = (changes: Partial<RawTick> = {}): Fate => {
    const tick = { ...soundTick, ...changes }
    let symbol = symbols.ids.indexOf(tick.id)
    if (symbol < 0) {
      symbol = symbols.ids.push(tick.id) - 1
      symbols.resolved.push(-1)
    }
    writeRaw(slab, 0, tick, symbol, ++seq)
    const reason = normalise(slab, 0, symbols)
    if (reason === duplicateTick) return "duplicate"
    if (reason !== 0) return quarantineReasons[reason] ?? "?"
    return { flags: lawsIn(slab.u32[word.verdict] as number), lastVolume: slab.i32[word.lastVolume] as number }
  }
  return { judge, slab, directory, symbols, normalise }
}

/** A ledger without a ring: the test sets `received`. */
export const makeLedger = (received: () => number): TickLedger =>
  new Book("test", () => ({ received: received(), dropped: 0, empty: false }))

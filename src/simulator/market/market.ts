import {
  bookLevels,
  wireDouble,
  wireInt,
  wireLevel,
  wireText,
  wireTickBytes,
  wireTickF64,
  wireTickI32
} from "../front/wire-tick.ts"
import { noPrice } from "./decimal.ts"
import type { MarketContract } from "./market-contracts.ts"
import { MarketTime } from "./market-time.ts"
import { mix32, nextState, stateOf } from "./seeded-random.ts"

const f64 = (byte: number): number => byte / 8
const i32 = (byte: number): number => byte / 4

const levels = Array.from({ length: bookLevels }, (_, index) => wireLevel(index + 1))

/** Price ticks between the best prices and the limits: five levels must fit on each side. */
const bookDepthTicks = bookLevels + 1

/**
 * A generated market: one 408-byte tick for each contract, patched in place for each tick and copied out.
 * A contract's series depends on the seed, its code and its tick times: same seed and times, same bytes.
 * Invariants: prices on the price-tick grid, lower limit <= bid < ask <= upper limit, low <= last <= high; volume and
 * turnover never fall within a trading day; two consecutive ticks of a contract are never equal.
 */
export class Market {
  readonly contracts: ReadonlyArray<MarketContract>
  readonly indexOf: ReadonlyMap<string, number>
  private readonly time: MarketTime
  /** Separate: a login must not move the time of the ticks. */
  private readonly loginTime: MarketTime
  private readonly bytes: Buffer
  private readonly f64: Float64Array
  private readonly i32: Int32Array
  private readonly random: Int32Array
  /** In price ticks. */
  private readonly bid: Int32Array
  private readonly lower: Int32Array
  private readonly upper: Int32Array
  /**
   * Price = ticks × `scale`, or ticks / `-scale` when negative: division keeps 0.2 × 3 at the double nearest to 0.6.
   */
  private readonly scale: Float64Array
  private readonly day: Int32Array

  constructor(options: {
    readonly contracts: ReadonlyArray<MarketContract>
    readonly seed: number
    readonly nowMs: number
    /** `yyyymmdd`; absent: by the clock. */
    readonly tradingDay: string | undefined
  }) {
    const { contracts, nowMs, seed, tradingDay } = options
    const buffer = new ArrayBuffer(contracts.length * wireTickBytes)
    this.contracts = contracts
    this.indexOf = new Map(contracts.map((contract, index) => [contract.id, index]))
    this.time = new MarketTime(tradingDay)
    this.loginTime = new MarketTime(tradingDay)
    this.bytes = Buffer.from(buffer)
    this.f64 = new Float64Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.random = Int32Array.from(contracts, (contract) => stateOf(seed, contract.id))
    this.bid = new Int32Array(contracts.length)
    this.lower = new Int32Array(contracts.length)
    this.upper = new Int32Array(contracts.length)
    this.scale = Float64Array.from(contracts, (contract) => scaleOf(contract.priceTick))
    this.day = new Int32Array(contracts.length)
    this.time.set(nowMs)
    contracts.forEach((contract, index) => this.list(contract, index))
  }

  /** Trading day of a moment, `yyyymmdd`, for the login answer. */
  tradingDay(nowMs: number): string {
    this.loginTime.set(nowMs)
    return this.loginTime.tradingDay
  }

  /** One tick of each of `order[start] .. order[start + count - 1]` at `nowMs`, `count` × 408 bytes. */
  ticks(nowMs: number, order: Int32Array, start: number, count: number): Buffer {
    const out = Buffer.allocUnsafeSlow(count * wireTickBytes)
    this.time.set(nowMs)
    for (let i = 0; i < count; i++) {
      const index = order[start + i] as number
      this.tick(index)
      this.bytes.copy(out, i * wireTickBytes, index * wireTickBytes, (index + 1) * wireTickBytes)
    }
    return out
  }

  /** The last tick of a contract; before its first one, the close of the previous day. */
  snapshot(index: number): Buffer {
    return Buffer.from(this.bytes.subarray(index * wireTickBytes, (index + 1) * wireTickBytes))
  }

  private tick(index: number): void {
    const { f64: doubles, i32: ints, time } = this
    const at = index * wireTickF64
    const at32 = index * wireTickI32
    const contract = this.contracts[index] as MarketContract
    const state = nextState(this.random[index] as number)
    this.random[index] = state
    const draw = mix32(state)
    if (this.day[index] !== time.dayNumber) this.startDay(index)

    const step = (draw & 7) === 0 ? -1 : (draw & 7) === 1 ? 1 : 0
    const low = (this.lower[index] as number) + bookDepthTicks
    const high = (this.upper[index] as number) - bookDepthTicks - 1
    const bid = Math.min(Math.max((this.bid[index] as number) + step, low), high)
    this.bid[index] = bid
    const ask = bid + (((draw >>> 3) & 31) === 0 ? 2 : 1)
    const lots = ((draw >>> 9) & 3) === 0 ? 0 : 1 + ((draw >>> 11) & 15)
    if (lots > 0) this.trade(index, contract, ((draw >>> 8) & 1) === 0 ? bid : ask, lots, ((draw >>> 16) & 3) - 1)

    const bidVolumeAt = at32 + i32(levels[0]?.bidVolume ?? 0)
    const drawn = 1 + ((draw >>> 18) & 127)
    // Without a trade, the book alone must distinguish this tick from the previous one.
    const bidVolume = lots === 0 && drawn === ints[bidVolumeAt] ? drawn + 1 : drawn
    this.quote(index, 0, bid, bidVolume, ask, 1 + (draw >>> 25))
    if (contract.exchange === "CFFEX") {
      for (let depth = 1; depth < bookLevels; depth++) {
        const more = mix32(state + depth)
        this.quote(index, depth, bid - depth, 1 + (more & 127), ask + depth, 1 + ((more >>> 7) & 127))
      }
    }
    doubles[at + f64(wireDouble.averagePrice)] = averagePrice(contract, doubles, ints, at, at32)
    time.stamp(ints, at32, contract.exchange)
  }

  private trade(index: number, contract: MarketContract, ticks: number, lots: number, interest: number): void {
    const { f64: doubles, i32: ints } = this
    const at = index * wireTickF64
    const price = this.price(index, ticks)
    doubles[at + f64(wireDouble.lastPrice)] = price
    const volumeAt = index * wireTickI32 + i32(wireInt.volume)
    if (ints[volumeAt] === 0) {
      doubles[at + f64(wireDouble.openPrice)] = price
      doubles[at + f64(wireDouble.highestPrice)] = price
      doubles[at + f64(wireDouble.lowestPrice)] = price
    }
    if (price > (doubles[at + f64(wireDouble.highestPrice)] as number))
      doubles[at + f64(wireDouble.highestPrice)] = price
    if (price < (doubles[at + f64(wireDouble.lowestPrice)] as number)) doubles[at + f64(wireDouble.lowestPrice)] = price
    ints[volumeAt] = (ints[volumeAt] as number) + lots
    const turnoverAt = at + f64(wireDouble.turnover)
    doubles[turnoverAt] = (doubles[turnoverAt] as number) + lots * price * contract.multiplier
    const interestAt = at + f64(wireDouble.openInterest)
    doubles[interestAt] = Math.max((doubles[interestAt] as number) + interest, 0)
  }

  private quote(index: number, depth: number, bid: number, bidVolume: number, ask: number, askVolume: number): void {
    const level = levels[depth] as (typeof levels)[number]
    const at = index * wireTickF64
    const at32 = index * wireTickI32
    this.f64[at + f64(level.bidPrice)] = this.price(index, bid)
    this.f64[at + f64(level.askPrice)] = this.price(index, ask)
    this.i32[at32 + i32(level.bidVolume)] = bidVolume
    this.i32[at32 + i32(level.askVolume)] = askVolume
  }

  private price(index: number, ticks: number): number {
    const scale = this.scale[index] as number
    return scale < 0 ? ticks / -scale : ticks * scale
  }

  /** State of a contract at the last close: writes once what a tick does not write. */
  private list(contract: MarketContract, index: number): void {
    const at = index * wireTickF64
    const { at: idAt, bytes } = wireText.instrumentId
    this.bytes.write(contract.id.slice(0, bytes - 1), index * wireTickBytes + idAt, "latin1")
    const absent = [wireDouble.closePrice, wireDouble.settlementPrice, wireDouble.currDelta]
    const prices = levels.flatMap((level) => [level.bidPrice, level.askPrice])
    for (const byte of [...absent, ...prices]) this.f64[at + f64(byte)] = noPrice
    const base = Math.round(contract.basePrice / contract.priceTick)
    this.bid[index] = base
    this.f64[at + f64(wireDouble.lastPrice)] = this.price(index, base)
    this.f64[at + f64(wireDouble.openInterest)] = 1_000 + (mix32(this.random[index] as number) % 200_000)
    this.startDay(index)
    this.time.stampPreviousClose(this.i32, index * wireTickI32)
    // Not the first day yet: the first tick starts it from this close.
    this.day[index] = -1
  }

  private startDay(index: number): void {
    const { f64: doubles } = this
    const at = index * wireTickF64
    const contract = this.contracts[index] as MarketContract
    const last = doubles[at + f64(wireDouble.lastPrice)] as number
    const base = Math.round(last / contract.priceTick)
    const span = Math.max(Math.floor(contract.limitDistance / contract.priceTick), 1)
    this.lower[index] = Math.max(base - span, 1)
    this.upper[index] = Math.max(base + span, (this.lower[index] as number) + 2 * bookDepthTicks + 1)
    doubles[at + f64(wireDouble.preSettlementPrice)] = last
    doubles[at + f64(wireDouble.preClosePrice)] = last
    doubles[at + f64(wireDouble.preOpenInterest)] = doubles[at + f64(wireDouble.openInterest)] as number
    doubles[at + f64(wireDouble.lowerLimitPrice)] = this.price(index, this.lower[index] as number)
    doubles[at + f64(wireDouble.upperLimitPrice)] = this.price(index, this.upper[index] as number)
    for (const byte of [wireDouble.openPrice, wireDouble.highestPrice, wireDouble.lowestPrice]) {
      doubles[at + f64(byte)] = noPrice
    }
    doubles[at + f64(wireDouble.turnover)] = 0
    this.i32[index * wireTickI32 + i32(wireInt.volume)] = 0
    this.day[index] = this.time.dayNumber
  }
}

/** CTP computes it for CZCE per unit; for the others it is turnover divided by volume, including the multiplier. */
const averagePrice = (contract: MarketContract, f: Float64Array, i: Int32Array, at: number, at32: number): number => {
  const volume = i[at32 + i32(wireInt.volume)] as number
  if (volume === 0) return 0
  const average = (f[at + f64(wireDouble.turnover)] as number) / volume
  return contract.exchange === "CZCE" ? average / contract.multiplier : average
}

const scaleOf = (priceTick: number): number => {
  const perUnit = Math.round(1 / priceTick)
  return priceTick < 1 && Math.abs(perUnit * priceTick - 1) < 1e-9 ? -perUnit : priceTick
}

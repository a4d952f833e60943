import { yyyymmddOf } from "../../kernel/calendar/calendar-day.ts"
import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { double, recordBytes, recordF64, recordI32, word } from "../../kernel/tick/tick-slab.ts"
import { shanghaiDay, shanghaiTimeOfDayMs } from "../../kernel/time/shanghai-time.ts"
import type { MarketContract } from "../../simulator/market/market-contracts.ts"
import type { Dice } from "../faults/dice.ts"

/** DBL_MAX: a front's value for a missing price. */
const absent = Number.MAX_VALUE

/**
 * Random-walk prices: one record for each contract, rewritten at each snapshot. All fronts send the same records, as
 * in the real market.
 */
export class SimMarket {
  readonly contracts: ReadonlyArray<MarketContract>
  readonly records: ReadonlyArray<Uint8Array>
  /** yyyymmdd of the login answer. */
  tradingDay = 0
  /** 1: the contract was in the last snapshot. By index. */
  readonly live: Uint8Array
  /** Number of the contract's last print, over all contracts, from 1 on, which distinguishes prints. By index. */
  readonly print: Int32Array
  /** Called with each print. */
  onPrint: (print: number, contract: number, nowMs: number) => void = () => undefined
  private prints = 0
  private readonly isLive: (contract: number, nowMs: number) => boolean
  private readonly i32: ReadonlyArray<Int32Array>
  private readonly f64: ReadonlyArray<Float64Array>
  private readonly dice: Dice

  constructor(
    contracts: ReadonlyArray<MarketContract>,
    dice: Dice,
    isLive: (contract: number, nowMs: number) => boolean
  ) {
    this.contracts = contracts
    this.dice = dice
    this.isLive = isLive
    this.live = new Uint8Array(contracts.length)
    this.print = new Int32Array(contracts.length)
    this.records = contracts.map(() => new Uint8Array(recordBytes))
    this.i32 = this.records.map(({ buffer }) => new Int32Array(buffer as ArrayBuffer, 0, recordI32))
    this.f64 = this.records.map(({ buffer }) => new Float64Array(buffer as ArrayBuffer, 0, recordF64))
    for (const [index, contract] of contracts.entries()) {
      const prices = this.f64[index] as Float64Array
      prices.fill(absent, double.last, double.bidPrice1 + 10)
      prices[double.preSettlement] = contract.basePrice
      prices[double.preClose] = contract.basePrice
      prices[double.upperLimit] = contract.basePrice + contract.limitDistance
      prices[double.lowerLimit] = contract.basePrice - contract.limitDistance
      prices[double.open] = contract.basePrice
      prices[double.turnover] = 0
      prices[double.openInterest] = 1000
      prices[double.last] = contract.basePrice
    }
  }

  /** One snapshot of every contract that trades. */
  snapshot(nowMs: number): void {
    const day = shanghaiDay(nowMs)
    const second = Math.floor(shanghaiTimeOfDayMs(nowMs) / 1000)
    const actionDay = yyyymmddOf(day)
    this.tradingDay = yyyymmddOf(chinaCalendar.tradingDayAt(day, second))
    for (let index = 0; index < this.contracts.length; index++) {
      const isLive = this.isLive(index, nowMs)
      this.live[index] = isLive ? 1 : 0
      if (!isLive) continue
      this.print[index] = ++this.prints
      this.onPrint(this.prints, index, nowMs)
      const { priceTick, basePrice, limitDistance } = this.contracts[index] as MarketContract
      const prices = this.f64[index] as Float64Array
      const whole = this.i32[index] as Int32Array
      if (whole[word.tradingDay] !== this.tradingDay) {
        whole[word.volume] = 0
        prices[double.turnover] = 0
      }
      const chance = this.dice.next()
      const step = chance < 0.3 ? -priceTick : chance > 0.7 ? priceTick : 0
      const moved = (prices[double.last] as number) + step
      const last = Math.abs(moved - basePrice) < limitDistance / 2 ? moved : basePrice
      const lots = 1 + Math.floor(chance * 20)
      prices[double.last] = last
      prices[double.bidPrice1] = last - priceTick
      prices[double.askPrice1] = last + priceTick
      prices[double.turnover] = (prices[double.turnover] as number) + lots * last
      whole[word.bidVolume1] = lots
      whole[word.askVolume1] = 21 - lots
      whole[word.volume] = (whole[word.volume] as number) + lots
      whole[word.tradingDay] = this.tradingDay
      whole[word.actionDay] = actionDay
      whole[word.updateSec] = second
      whole[word.updateMs] = Math.floor(nowMs % 1000)
    }
  }

  /** Sets the worker's number of the contract. Call it before its record is pushed to that worker's ring. */
  label(index: number, symbol: number): Uint8Array {
    const whole = this.i32[index] as Int32Array
    whole[word.instrument] = symbol
    return this.records[index] as Uint8Array
  }
}

import { weekdayBefore, yyyymmddOf } from "../../kernel/calendar/calendar-day.ts"
import type { Exchange } from "../../kernel/instrument/exchange.ts"
import { shanghaiDay, shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { wireInt, wireText } from "../front/wire-tick.ts"
import { tradingDayAt } from "./trading-day.ts"

/** A text of eight characters as two words, so that stamping a tick is six stores and no string. */
interface EightBytes {
  readonly text: string
  readonly low: number
  readonly high: number
}

const eightBytes = (text: string): EightBytes => {
  const bytes = Buffer.from(text.padEnd(8, "\0"), "latin1")
  return { text, low: bytes.readInt32LE(0), high: bytes.readInt32LE(4) }
}

const tradingDayAtWord = wireText.tradingDay.at / 4
const updateTimeAtWord = wireText.updateTime.at / 4
const actionDayAtWord = wireText.actionDay.at / 4
const millisecAtWord = wireInt.updateMillisec / 4

/**
 * The clock as the exchanges write it, Asia/Shanghai.
 * TradingDay is the trading day, except CZCE: the natural day. ActionDay is the natural day, except DCE: the trading
 * day, which is wrong at night. Milliseconds: DCE any, CZCE always 0, the others 0 or 500. Source: ctp.md section 4.
 */
export class MarketTime {
  /** Changes when a new trading day begins. */
  dayNumber = 0
  private readonly fixedTradingDay: EightBytes | undefined
  private nowMs = Number.NEGATIVE_INFINITY
  private second = Number.NaN
  private naturalDayNumber = Number.NaN
  private updateTime = eightBytes("")
  private naturalDay = eightBytes("")
  private trading = eightBytes("")
  private millisec = 0

  constructor(tradingDay: string | undefined) {
    this.fixedTradingDay = tradingDay === undefined ? undefined : eightBytes(tradingDay)
  }

  get tradingDay(): string {
    return this.trading.text
  }

  /** Sets the time of the following ticks. Ignores a clock that was set back: exchange time never runs backwards. */
  set(epochMs: number): void {
    if (epochMs <= this.nowMs) return
    this.nowMs = epochMs
    this.millisec = (((epochMs % 1000) + 1000) % 1000) | 0
    const second = Math.floor(epochMs / 1000)
    if (second === this.second) return
    this.second = second
    this.updateTime = eightBytes(shanghaiIso(epochMs).slice(11, 19))
    const naturalDay = shanghaiDay(epochMs)
    if (naturalDay !== this.naturalDayNumber) {
      this.naturalDayNumber = naturalDay
      this.naturalDay = eightBytes(String(yyyymmddOf(naturalDay)))
    }
    const day = this.fixedTradingDay === undefined ? tradingDayAt(epochMs) : 0
    if (day !== this.dayNumber || this.trading.text === "") {
      this.dayNumber = day
      this.trading = this.fixedTradingDay ?? eightBytes(String(yyyymmddOf(day)))
    }
  }

  /** Writes the times of a tick whose first 4-byte word is `at`. */
  stamp(words: Int32Array, at: number, exchange: Exchange): void {
    const { millisec, naturalDay, trading, updateTime } = this
    words[at + updateTimeAtWord] = updateTime.low
    words[at + updateTimeAtWord + 1] = updateTime.high
    words[at + millisecAtWord] = exchange === "DCE" ? millisec : exchange === "CZCE" || millisec < 500 ? 0 : 500
    writeDays(words, at, exchange === "CZCE" ? naturalDay : trading, exchange === "DCE" ? trading : naturalDay)
  }

  /** 15:00:00 on the previous weekday: a front's last state before the first tick of a day. */
  stampPreviousClose(words: Int32Array, at: number): void {
    const day = eightBytes(String(yyyymmddOf(weekdayBefore(this.naturalDayNumber))))
    const close = eightBytes("15:00:00")
    words[at + updateTimeAtWord] = close.low
    words[at + updateTimeAtWord + 1] = close.high
    words[at + millisecAtWord] = 0
    writeDays(words, at, day, day)
  }
}

const writeDays = (words: Int32Array, at: number, tradingDay: EightBytes, actionDay: EightBytes): void => {
  words[at + tradingDayAtWord] = tradingDay.low
  words[at + tradingDayAtWord + 1] = tradingDay.high
  words[at + actionDayAtWord] = actionDay.low
  words[at + actionDayAtWord + 1] = actionDay.high
}

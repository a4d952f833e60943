import { type InstantNs, instantOfMs, instantText } from "../../../kernel/time/utc-instant.ts"
import { msOf, newYorkDate, newYorkMidnightMs } from "./venue-hours.ts"
import type { VenueState } from "./venue-state.ts"

export interface QuoteRow {
  readonly ap: number
  readonly as: number
  readonly ax: string
  readonly bp: number
  readonly bs: number
  readonly bx: string
  readonly c: ReadonlyArray<string>
  readonly t: string
  readonly z: string
}
export interface TradeRow {
  readonly c: ReadonlyArray<string>
  readonly i: number
  readonly p: number
  readonly s: number
  readonly t: string
  readonly x: string
  readonly z: string
}
export interface BarRow {
  readonly c: number
  readonly h: number
  readonly l: number
  readonly n: number
  readonly o: number
  readonly t: string
  readonly v: number
  readonly vw: number
}

const unitsADollar = 10_000
const dollars = (units: number) => units / unitsADollar
const cents = (units: number) => Math.max(1, Math.round(units / 100)) / 100
const samplesABar = 12

export const quoteRow = (state: VenueState, symbol: string, at: InstantNs): QuoteRow => {
  const quote = state.market.quote(symbol, at)
  return {
    ap: dollars(quote.ask),
    as: quote.askSize,
    ax: "V",
    bp: dollars(quote.bid),
    bs: quote.bidSize,
    bx: "V",
    c: ["R"],
    t: instantText(quote.at),
    z: "C"
  }
}

/** Each step of the market has one trade, at the bid or at the offer. */
export const tradeRow = (state: VenueState, symbol: string, at: InstantNs): TradeRow => {
  const quote = state.market.quote(symbol, at)
  const step = Number(quote.at / state.stepNs)
  const { chance } = state.market.path(symbol)
  return {
    c: ["@"],
    i: step,
    p: dollars(chance("trade-side", step) < 0.5 ? quote.bid : quote.ask),
    s: 1 + Math.floor(chance("trade-size", step) * 200),
    t: instantText(quote.at),
    x: "V",
    z: "C"
  }
}

/** A bar over `[fromMs, toMs)`, from samples of the price path. What is later than now does not count. */
const barOver = (state: VenueState, symbol: string, stampMs: number, fromMs: number, toMs: number): BarRow => {
  const endMs = Math.max(fromMs + 1, Math.min(toMs, msOf(state.clock)))
  const prices: Array<number> = []
  for (let n = 0; n < samplesABar; n++)
    prices.push(
      cents(state.market.mid(symbol, instantOfMs(fromMs + Math.floor(((endMs - 1 - fromMs) * n) / (samplesABar - 1)))))
    )
  const minutes = (endMs - fromMs) / 60_000
  const { chance } = state.market.path(symbol)
  const rate = 2000 + chance("volume", 0) * 20_000
  const v = Math.max(1, Math.round(minutes * rate * (0.5 + chance("volume", Math.floor(fromMs / 60_000)))))
  const vw = Math.round((prices.reduce((sum, price) => sum + price, 0) / prices.length) * unitsADollar) / unitsADollar
  return {
    c: prices.at(-1) as number,
    h: Math.max(...prices),
    l: Math.min(...prices),
    n: Math.max(1, Math.round(v / 80)),
    o: prices[0] as number,
    t: `${new Date(stampMs).toISOString().slice(0, 19)}Z`,
    v,
    vw
  }
}

export const intradayBar = (state: VenueState, symbol: string, startMs: number, widthMs: number): BarRow =>
  barOver(state, symbol, startMs, startMs, startMs + widthMs)

/** The bar of a trading day, stamped with midnight in New York. */
export const dailyBar = (state: VenueState, symbol: string, date: string): BarRow | undefined => {
  const session = state.hours.day(date)
  if (session === undefined || session.open > msOf(state.clock)) return undefined
  return barOver(state, symbol, newYorkMidnightMs(date), session.open, session.close)
}

/** Several bars as one, stamped as the first one. */
export const mergeBars = (bars: ReadonlyArray<BarRow>): BarRow | undefined => {
  const [first] = bars
  if (first === undefined) return undefined
  const v = bars.reduce((sum, bar) => sum + bar.v, 0)
  const value = bars.reduce((sum, bar) => sum + bar.vw * bar.v, 0)
  return {
    c: (bars.at(-1) as BarRow).c,
    h: Math.max(...bars.map(({ h }) => h)),
    l: Math.min(...bars.map(({ l }) => l)),
    n: bars.reduce((sum, bar) => sum + bar.n, 0),
    o: first.o,
    t: first.t,
    v,
    vw: Math.round((value / v) * unitsADollar) / unitsADollar
  }
}

/** A bar with prices and volume in shares of today. */
export const adjustedBar = (state: VenueState, symbol: string, bar: BarRow): BarRow => {
  const factor = state.market.splitFactor(symbol, instantOfMs(Date.parse(bar.t)))
  if (factor === 1) return bar
  const price = (value: number) => Math.round(value * factor * 100) / 100
  return {
    ...bar,
    o: price(bar.o),
    h: price(bar.h),
    l: price(bar.l),
    c: price(bar.c),
    vw: price(bar.vw),
    v: Math.round(bar.v / factor)
  }
}

/** The last instant at which the symbol traded: now, or the end of the last session. */
export const lastTraded = (state: VenueState): InstantNs => {
  if (state.hours.phase(state.clock) !== "closed") return state.clock
  const { postClose } = state.hours.lastDay(state.clock)
  const end = instantOfMs(postClose) - state.stepNs
  return end < state.clock ? end : state.clock
}

/** The last whole minute of a session before now. */
export const lastMinuteMs = (state: VenueState): number =>
  Math.floor(msOf(lastTraded(state)) / 60_000) * 60_000 - 60_000

export const snapshotOf = (state: VenueState, symbol: string) => {
  const at = lastTraded(state)
  const today = state.hours.lastDay(at)
  const before = state.hours.lastDay(instantOfMs(today.open - 1))
  return {
    latestTrade: tradeRow(state, symbol, at),
    latestQuote: quoteRow(state, symbol, at),
    minuteBar: intradayBar(state, symbol, lastMinuteMs(state), 60_000),
    dailyBar: dailyBar(state, symbol, newYorkDate(at)) ?? dailyBar(state, symbol, today.day),
    prevDailyBar: dailyBar(state, symbol, before.day)
  }
}

import type { Exchange } from "../instrument/exchange.ts"
import { exchangeOfProduct } from "../instrument/product-exchange.ts"
import { yyyymmddOf } from "./calendar-day.ts"
import { dayHours, morningAuctionFrom } from "./day-hours.ts"
import type { MarketPhase } from "./market-phase.ts"
import { lateNights, longestNight, nightHours } from "./night-hours.ts"
import type { TradingCalendar } from "./trading-calendar.ts"

/** A phase from `second` of a natural day (0 .. 86400, Asia/Shanghai) until the next step or midnight. */
export interface PhaseStep {
  readonly second: number
  readonly phase: MarketPhase
}

/** `preOpen` is our own phase: CTP's fronts open 20 to 30 minutes before a session, depending on the broker. */
const preOpenSeconds = 1800
const auctionSeconds = 300
const daySeconds = 86_400
const nightBegins = 21 * 3600

const secondsOf = (text: string): number => Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60

const lastFrom = <Row>(rows: ReadonlyArray<Row>, from: (row: Row) => number, day: number): Row | undefined =>
  rows.findLast((row) => from(row) <= day)

/** Hours of one product over the years, and the phases of a natural day. */
export class SessionPlan {
  readonly exchange: Exchange
  readonly product: string
  /** The product is not listed: hours are the widest of its exchange. */
  readonly assumed: boolean
  private readonly nights: ReadonlyArray<readonly [evening: number, end: string]>

  constructor(exchange: Exchange, product: string) {
    this.exchange = exchange
    this.product = product
    this.assumed = exchange !== "SSE" && exchange !== "SZSE" && exchangeOfProduct(product) !== exchange
    const listed = nightHours.find((row) => row.exchange === exchange && row.products.split(" ").includes(product))
    const longest = longestNight[exchange]
    this.nights = listed?.ends ?? (this.assumed && longest !== undefined ? [[0, longest]] : [])
  }

  /**
   * Seconds from midnight at which this evening's night session begins and ends (over 86400: next day); undefined:
   * none.
   */
  nightOf(day: number, calendar: TradingCalendar): readonly [begin: number, end: number] | undefined {
    if (!calendar.hasNight(day)) return undefined
    const evening = yyyymmddOf(day)
    const row = lastFrom(this.nights, ([from]) => from, evening)
    if (row === undefined) return undefined
    const late = lateNights.find((one) => one.evening === evening && one.exchange === this.exchange)
    return [late === undefined ? nightBegins : secondsOf(late.begin), secondsOf(row[1])]
  }

  /** Sections of the day session as [begin, end] in seconds, and the begin of its auction. */
  dayOf(day: number): { readonly auction: number; readonly sections: ReadonlyArray<readonly [number, number]> } {
    const hours = dayHours[this.exchange]
    const rows = hours?.other?.[this.product] ?? hours?.usual ?? []
    const row = lastFrom(rows, ({ from }) => from, yyyymmddOf(day))
    const sections = (row?.sections ?? "").split(" ").map((span) => {
      const [begin = "", end = ""] = span.split("-")
      return [secondsOf(begin), secondsOf(end)] as const
    })
    return { auction: secondsOf(row?.auction ?? ""), sections }
  }

  /** The natural day from midnight to midnight, in sequence, with the first step at 0. */
  stepsOf(day: number, calendar: TradingCalendar): ReadonlyArray<PhaseStep> {
    const steps: Array<PhaseStep> = []
    const nightBefore = this.nightOf(day - 1, calendar)
    if (nightBefore !== undefined && nightBefore[1] > daySeconds) {
      steps.push({ second: 0, phase: "trading" }, { second: nightBefore[1] - daySeconds, phase: "closed" })
    } else {
      steps.push({ second: 0, phase: "closed" })
    }
    if (calendar.isTradingDay(day)) this.addDay(steps, day, calendar)
    const night = this.nightOf(day, calendar)
    if (night !== undefined) {
      steps.push(
        { second: night[0] - preOpenSeconds, phase: "preOpen" },
        { second: night[0] - auctionSeconds, phase: "auction" },
        { second: night[0], phase: "trading" }
      )
      if (night[1] < daySeconds) steps.push({ second: night[1], phase: "closed" })
    }
    return steps
  }

  private addDay(steps: Array<PhaseStep>, day: number, calendar: TradingCalendar): void {
    const { auction, sections } = this.dayOf(day)
    const opening = sections[0]?.[0] ?? 0
    steps.push({ second: opening - preOpenSeconds, phase: "preOpen" })
    const openedAtNight = this.nightOf(calendar.tradingDayUntil(day - 1), calendar) !== undefined
    if (!openedAtNight || yyyymmddOf(day) >= morningAuctionFrom) steps.push({ second: auction, phase: "auction" })
    for (const [index, [begin, end]] of sections.entries()) {
      steps.push(
        { second: begin, phase: "trading" },
        { second: end, phase: index < sections.length - 1 ? "break" : "closed" }
      )
    }
  }
}

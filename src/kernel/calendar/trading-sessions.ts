import type { Exchange } from "../instrument/exchange.ts"
import { shanghaiDay, shanghaiMidnightMs, shanghaiTimeOfDayMs } from "../time/shanghai-time.ts"
import type { MarketPhase } from "./market-phase.ts"
import { SessionPlan } from "./session-plan.ts"
import type { TradingCalendar } from "./trading-calendar.ts"

/** No closure is longer. The search for the end of a phase stops after this many days. */
const longestPhaseDays = 20

/** One time range in one phase. Instants are epoch milliseconds UTC; `untilMs` belongs to the next range. */
export interface PhaseInterval {
  readonly phase: MarketPhase
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Phases of one product. Keeps the last interval, so that an answer within it costs two comparisons and allocates
 * nothing.
 */
export class ProductHours {
  readonly plan: SessionPlan
  private readonly calendar: TradingCalendar
  private current: PhaseInterval = { phase: "closed", fromMs: 0, untilMs: 0 }

  constructor(plan: SessionPlan, calendar: TradingCalendar) {
    this.plan = plan
    this.calendar = calendar
  }

  phaseAt(instantMs: number): MarketPhase {
    return this.intervalAt(instantMs).phase
  }

  /** End of this instant's phase. */
  nextChangeMs(instantMs: number): number {
    return this.intervalAt(instantMs).untilMs
  }

  /** Trading day of the instant, yyyymmdd; from 18:00 on the next one. */
  tradingDayAt(instantMs: number): number {
    return this.calendar.tradingDayOf(instantMs)
  }

  /** The natural day of the instant is outside the calendar: phases are those of a weekday without holidays. */
  beyondCalendar(instantMs: number): boolean {
    return !this.calendar.covers(shanghaiDay(instantMs))
  }

  intervalAt(instantMs: number): PhaseInterval {
    const { current } = this
    if (instantMs >= current.fromMs && instantMs < current.untilMs) return current
    this.current = this.findInterval(instantMs)
    return this.current
  }

  private findInterval(instantMs: number): PhaseInterval {
    const day = shanghaiDay(instantMs)
    const second = shanghaiTimeOfDayMs(instantMs) / 1000
    const steps = this.plan.stepsOf(day, this.calendar)
    const at = steps.findLastIndex((step) => step.second <= second)
    const phase = steps[at]?.phase ?? "closed"
    return { phase, fromMs: this.beginMs(day, at, phase), untilMs: this.endMs(day, at, phase) }
  }

  private beginMs(day: number, at: number, phase: MarketPhase): number {
    let found = instantOf(day, this.plan.stepsOf(day, this.calendar)[at]?.second ?? 0)
    for (let back = 0, index = at; back <= longestPhaseDays; back++) {
      const steps = this.plan.stepsOf(day - back, this.calendar)
      if (back > 0) index = steps.length - 1
      for (; index >= 0; index--) {
        const step = steps[index]
        if (step === undefined || step.phase !== phase) return found
        found = instantOf(day - back, step.second)
      }
    }
    return found
  }

  private endMs(day: number, at: number, phase: MarketPhase): number {
    for (let ahead = 0; ahead <= longestPhaseDays; ahead++) {
      const steps = this.plan.stepsOf(day + ahead, this.calendar)
      const next = steps.findIndex((step, index) => (ahead > 0 || index > at) && step.phase !== phase)
      if (next >= 0) return instantOf(day + ahead, steps[next]?.second ?? 0)
    }
    return instantOf(day + longestPhaseDays, 0)
  }
}

const instantOf = (day: number, second: number): number => shanghaiMidnightMs(day) + second * 1000

/** The hours of every product under one calendar, made at first use. Memory grows with the number of used products. */
export class TradingSessions {
  readonly calendar: TradingCalendar
  private readonly byExchange = new Map<Exchange, Map<string, ProductHours>>()

  constructor(calendar: TradingCalendar) {
    this.calendar = calendar
  }

  /**
   * `product` as in `Instrument.product`; options share the hours of their futures. Unknown products get the widest
   * hours of the exchange.
   */
  of(exchange: Exchange, product: string): ProductHours {
    let products = this.byExchange.get(exchange)
    if (products === undefined) this.byExchange.set(exchange, (products = new Map()))
    let hours = products.get(product)
    if (hours === undefined) {
      hours = new ProductHours(new SessionPlan(exchange, product), this.calendar)
      products.set(product, hours)
    }
    return hours
  }

  /**
   * The product is in its auction or trading at this instant, or was within the last `graceMs` milliseconds: closing
   * ticks carry the second of the close, and settlement rows follow for minutes.
   */
  isTradingTime(product: string, exchange: Exchange, instantMs: number, graceMs = 0): boolean {
    const hours = this.of(exchange, product)
    const { phase, fromMs } = hours.intervalAt(instantMs)
    if (phase === "trading" || phase === "auction") return true
    return graceMs > 0 && instantMs - fromMs < graceMs && isOpen(hours.plan, fromMs - 1, this.calendar)
  }

  /**
   * The joint market of several products: the most active phase of any of them (trading, auction, break, preOpen,
   * closed), and when it changes. A session that serves all of them uses it.
   */
  marketAt(products: ReadonlyArray<ProductHours>, instantMs: number): PhaseInterval {
    let interval: PhaseInterval = { phase: liveliest(products, instantMs), fromMs: instantMs, untilMs: instantMs }
    // Every change of the market is a change of one product.
    for (let step = 0; step < 64; step++) {
      const untilMs = products.reduce(
        (least, hours) => Math.min(least, hours.nextChangeMs(interval.untilMs)),
        Number.POSITIVE_INFINITY
      )
      interval = { ...interval, untilMs }
      if (untilMs === Number.POSITIVE_INFINITY || liveliest(products, untilMs) !== interval.phase) break
    }
    return interval
  }
}

const liveliness: Readonly<Record<MarketPhase, number>> = { closed: 0, preOpen: 1, break: 2, auction: 3, trading: 4 }

const liveliest = (products: ReadonlyArray<ProductHours>, instantMs: number): MarketPhase =>
  products.reduce<MarketPhase>((best, hours) => {
    const phase = hours.phaseAt(instantMs)
    return liveliness[phase] > liveliness[best] ? phase : best
  }, "closed")

/** Uses a new `ProductHours`, so that the query does not replace the interval that ticks use. */
const isOpen = (plan: SessionPlan, instantMs: number, calendar: TradingCalendar): boolean => {
  const phase = new ProductHours(plan, calendar).phaseAt(instantMs)
  return phase === "trading" || phase === "auction"
}

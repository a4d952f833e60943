import { chinaCalendar } from "../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../src/kernel/calendar/trading-sessions.ts"
import { certainHoursOf } from "../../src/kernel/instrument/instrument-hours.ts"
import { dice, lookMs, makeFeed } from "./silence-watch.ts"
import { type Span, spansOf, type YearContract } from "./trading-year.ts"

/** Jitter of a main contract's snapshots. */
const jitterMs = 40

interface Lived {
  readonly contract: YearContract
  readonly index: number
  readonly spans: ReadonlyArray<Span>
  /** Ticks outside trading: the match of the auction, the closing tick, the settlement. */
  readonly strays: ReadonlyArray<number>
  span: number
  stray: number
  nextMs: number
}

/** A market that follows `trading-year.ts`, and a daemon's check of it that uses its own calendar only. */
export class YearMarket {
  readonly feed: ReturnType<typeof makeFeed>
  /** Contracts that send nothing from here on; all of them are a whole feed. */
  readonly silentFrom = new Map<string, number>()
  alarms: Array<string> = []
  watched = 0
  ticks = 0
  /** Time of the last tick of each contract that reached the feed. */
  readonly lastMs = new Map<string, number>()
  private readonly random = dice(2026)
  private readonly lived: ReadonlyArray<Lived>

  /** `skewMs`: how much later than on the daemon's clock the exchange acts. */
  constructor(contracts: ReadonlyArray<YearContract>, startMs: number, skewMs: (atMs: number) => number = () => 0) {
    const ids = contracts.map(({ id }) => id)
    const sessions = new TradingSessions(chinaCalendar)
    this.feed = makeFeed(ids, (directory) => certainHoursOf(directory, sessions), undefined, undefined, startMs)
    this.lived = contracts.map((contract) => {
      this.feed.tick(contract.id, startMs)
      const spans = spansOf(contract).map(({ fromMs, untilMs }) => ({
        fromMs: fromMs + skewMs(fromMs),
        untilMs: untilMs + skewMs(fromMs)
      }))
      return {
        contract,
        index: this.feed.directory.resolve(contract.id, 0)?.index ?? -1,
        spans,
        strays: this.straysOf(spans),
        span: 0,
        stray: 0,
        nextMs: 0
      }
    })
  }

  /** Goes to a moment without checks in between. */
  leapTo(atMs: number): void {
    this.feed.clock.nowMs = atMs
    for (const one of this.lived) {
      one.span = one.spans.findIndex(({ untilMs }) => untilMs > atMs)
      if (one.span < 0) one.span = one.spans.length
      one.stray = one.strays.findIndex((strayMs) => strayMs > atMs)
      if (one.stray < 0) one.stray = one.strays.length
      one.nextMs = this.firstTick(one, atMs)
    }
  }

  /** Checks once, after the ticks since the last check. Reports go to `alarms`. */
  look(): void {
    const { clock, names, staleness } = this.feed
    clock.nowMs += lookMs
    const { nowMs } = clock
    for (const one of this.lived) {
      if (nowMs >= (one.strays[one.stray] ?? Number.POSITIVE_INFINITY)) {
        this.arrive(one, one.strays[one.stray++] as number)
      }
      while (one.nextMs <= nowMs) this.trade(one)
    }
    const { silentMs, stalled, watched } = staleness.look(nowMs)
    if (watched > 0) this.watched++
    if (silentMs > 0) this.alarms.push("feed")
    if (stalled.length > 0) this.alarms.push(...names())
  }

  liveUntil(untilMs: number): void {
    while (this.feed.clock.nowMs < untilMs) this.look()
  }

  private trade(one: Lived): void {
    const { nextMs } = one
    const span = one.spans[one.span]
    if (span === undefined) one.nextMs = Number.POSITIVE_INFINITY
    else if (nextMs < span.untilMs) {
      this.arrive(one, nextMs)
      one.nextMs = nextMs + this.gap(one.contract)
    } else {
      one.span++
      one.nextMs = this.firstTick(one, nextMs)
    }
  }

  private firstTick(one: Lived, atMs: number): number {
    const span = one.spans[one.span]
    return span === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(span.fromMs, atMs) + this.random() * one.contract.gapMs
  }

  private arrive({ contract, index }: Lived, atMs: number): void {
    if (atMs >= (this.silentFrom.get(contract.id) ?? Number.POSITIVE_INFINITY)) return
    this.feed.arrivals.arrived(index, atMs)
    this.lastMs.set(contract.id, atMs)
    this.ticks++
  }

  private gap({ gapMs, main }: YearContract): number {
    return main ? gapMs + jitterMs * (2 * this.random() - 1) : -gapMs * Math.log(this.random())
  }

  private straysOf(spans: ReadonlyArray<Span>): ReadonlyArray<number> {
    return spans.flatMap(({ fromMs, untilMs }, at) => {
      const opens = fromMs - (spans[at - 1]?.untilMs ?? 0) > 7_200_000
      const closes = (spans[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY) - untilMs > 7_200_000
      return [
        ...(opens ? [fromMs - 60_000 + 500 * this.random()] : []),
        untilMs + 500 * this.random(),
        ...(closes ? [untilMs + 20_000 + 60_000 * this.random()] : [])
      ]
    })
  }
}

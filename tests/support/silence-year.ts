import { lookMs } from "./silence-watch.ts"
import {
  daysAroundHolidays,
  loginTimes,
  type Span,
  spansOf,
  yearContracts,
  yearFromMs,
  yearUntilMs
} from "./trading-year.ts"
import { YearMarket } from "./year-market.ts"

/**
 * Host and exchange may disagree about the second: nothing is checked this long after an opening and before a close.
 */
const borderMs = 3000

/** The host's clock is slow in one week and fast in the next, by this much. */
const clockSkewMs = 2500

/** Time around each border of a section that runs when not everything does. */
const beforeMs = 30_000
const afterMs = 60_000
/** Outside trading, checks are rare: nothing is watched there, and each check must show it. */
const idleMs = 600_000

const joined = (spans: ReadonlyArray<Span>): ReadonlyArray<Span> => {
  const sorted = [...spans].sort((a, b) => a.fromMs - b.fromMs)
  const out: Array<Span> = []
  for (const span of sorted) {
    const last = out.at(-1)
    if (last !== undefined && span.fromMs <= last.untilMs) {
      out[out.length - 1] = { fromMs: last.fromMs, untilMs: Math.max(last.untilMs, span.untilMs) }
    } else out.push(span)
  }
  return out
}

/** Sections of trading that differ in begin or end, over all contracts, in order. */
export const sections: ReadonlyArray<Span> = [
  ...new Map(yearContracts.flatMap(spansOf).map((span) => [`${span.fromMs} ${span.untilMs}`, span] as const)).values()
].sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs)

/** The time that runs check by check. Everything: each moment of trading and the minutes around it. */
const livedSpans = (everything: boolean): ReadonlyArray<Span> => {
  const wide = sections.map(({ fromMs, untilMs }) => ({ fromMs: fromMs - 600_000, untilMs: untilMs + 120_000 }))
  if (everything) return joined(wide)
  const dayMs = 86_400_000
  const whole = wide.filter(({ fromMs }) => daysAroundHolidays.some((day) => fromMs >= day && fromMs < day + dayMs))
  const borders = sections.flatMap(({ fromMs, untilMs }) => [
    // The auction is matched a minute before the opening.
    { fromMs: fromMs - 70_000, untilMs: fromMs + afterMs },
    { fromMs: untilMs - beforeMs, untilMs: untilMs + 90_000 }
  ])
  return joined([...whole, ...borders])
}

/**
 * Runs the year 2026 from its first midnight to its last, on a host whose clock is off by seconds. A session logs in
 * half an hour before each day and night and stays; where trading time is left out (`everything` false) it logs in
 * again behind it. Returns the reports: all of them are false alarms.
 */
export const liveYear = (everything: boolean) => {
  const weekMs = 604_800_000
  const market = new YearMarket(yearContracts, yearFromMs, (atMs) =>
    Math.floor((atMs - yearFromMs) / weekMs) % 2 === 0 ? clockSkewMs : -clockSkewMs
  )
  const trading = joined(sections)
  let login = 0
  let ranMs = 0
  let closedLooks = 0
  /** Nothing trades, so no tick arrives: rare checks show that none is expected either. */
  const idle = (untilMs: number) => {
    const { clock } = market.feed
    while (clock.nowMs < untilMs) {
      const toMs = Math.min(untilMs, clock.nowMs + idleMs, loginTimes[login] ?? Number.POSITIVE_INFINITY)
      market.leapTo(toMs)
      if (toMs === loginTimes[login]) {
        market.feed.login()
        login++
      }
      const before = market.watched
      market.look()
      closedLooks++
      if (market.watched !== before) market.alarms.push(`watched while closed at ${new Date(toMs).toISOString()}`)
    }
  }
  for (const { fromMs, untilMs } of livedSpans(everything)) {
    const skipped = trading.find((span) => span.fromMs < fromMs && span.untilMs > market.feed.clock.nowMs + lookMs)
    if (skipped === undefined) idle(fromMs)
    else {
      while ((loginTimes[login] ?? Number.POSITIVE_INFINITY) <= fromMs) login++
      market.leapTo(fromMs)
      market.feed.login()
    }
    const beganMs = market.feed.clock.nowMs
    market.liveUntil(untilMs)
    ranMs += untilMs - beganMs
  }
  idle(yearUntilMs)
  return { alarms: market.alarms, watchedLooks: market.watched, closedLooks, ticks: market.ticks, ranMs }
}

export interface Told {
  readonly onsetMs: number
  /** Time from the last tick, or from the begin of the checks, to the report; NaN: not reported. */
  readonly afterMs: number
  /** Other reports in that time. */
  readonly others: ReadonlyArray<string>
}

/**
 * Begins of a silence in a section: at the opening, just after it, in the middle, and as late as it can still be
 * reported.
 */
const onsets: ReadonlyArray<(span: Span, mostMs: number) => number> = [
  ({ fromMs }) => fromMs,
  ({ fromMs }) => fromMs + 1000,
  ({ fromMs }) => fromMs + 10_000,
  ({ fromMs, untilMs }) => fromMs + (untilMs - fromMs) / 2,
  ({ untilMs }, mostMs) => untilMs - borderMs - mostMs
]

const mains = yearContracts.filter(({ main }) => main)
const mainSpans = new Map(mains.map((contract) => [contract.id, spansOf(contract)]))

/** From when on a silence of one of `who` can be reported: one of them trades, and its border has passed. */
const judgedFrom = (who: ReadonlyArray<string>, atMs: number): number =>
  Math.min(
    ...who.flatMap(
      (id) =>
        mainSpans
          .get(id)
          ?.flatMap(({ fromMs, untilMs }) =>
            fromMs <= atMs && atMs < untilMs - borderMs ? [fromMs + borderMs] : []
          ) ?? []
    )
  )

/**
 * Silences of `who` in every one of `spans`, each on a session of its own, among main contracts of every kind of hours.
 * `isReport`: an alarm counts as its report; `mostMs`: time limit of the report.
 */
export const fallSilent = (
  spans: ReadonlyArray<Span>,
  who: ReadonlyArray<string>,
  isReport: (alarm: string) => boolean,
  mostMs: number
): ReadonlyArray<Told> =>
  onsets.flatMap((onsetOf) => {
    const market = new YearMarket(mains, yearFromMs)
    const { clock, login } = market.feed
    const begin = (atMs: number) => {
      market.silentFrom.clear()
      market.leapTo(atMs)
      login()
    }
    // A minute of the first Monday morning, and of its night: rhythms are known from then on.
    const mondayMs = yearFromMs + 4 * 86_400_000
    for (const hour of [9.6, 21.1]) {
      begin(mondayMs + hour * 3_600_000)
      market.liveUntil(clock.nowMs + 60_000)
    }
    const moments = [...new Set(spans.map((span) => onsetOf(span, mostMs)))].filter(
      (atMs) => atMs > clock.nowMs + 10_000
    )
    return moments
      .sort((a, b) => a - b)
      .map((onsetMs) => {
        begin(onsetMs - 3000)
        for (const id of who) market.silentFrom.set(id, onsetMs)
        market.liveUntil(onsetMs)
        market.alarms = []
        const lastMs = Math.max(...who.map((id) => market.lastMs.get(id) ?? 0))
        const judgedMs = Math.max(lastMs, judgedFrom(who, onsetMs))
        while (clock.nowMs < judgedMs + mostMs + lookMs && !market.alarms.some(isReport)) market.look()
        const afterMs = market.alarms.some(isReport) ? clock.nowMs - judgedMs : Number.NaN
        return { onsetMs, afterMs, others: market.alarms.filter((alarm) => !isReport(alarm)) }
      })
  })

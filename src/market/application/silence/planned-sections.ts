import type { MarketHours } from "../../ports/market-hours.ts"

/** One section of trading, epoch milliseconds: from an opening to the next break, lunch or close. */
export interface PlannedSection {
  readonly openMs: number
  readonly closeMs: number
}

/** Two trading days with their breaks. */
export const sectionsMost = 10
/** The longest holiday has nine days; a day has fewer than 16 changes of phase. */
const changesMost = 256
const keptMs = 60_000

/**
 * The section that trades now, which then begins now, and those that follow, by the calendar. None in a market without
 * a close, and none behind the end of the calendar: there a holiday may look like a trading day.
 */
export const plannedSections = (hours: MarketHours, nowMs: number): ReadonlyArray<PlannedSection> => {
  const sections: Array<PlannedSection> = []
  let fromMs = nowMs
  for (let change = 0; change < changesMost && sections.length < sectionsMost; change++) {
    const untilMs = hours.nextChangeMs(fromMs)
    if (!Number.isFinite(untilMs) || untilMs <= fromMs || !hours.certainAt(fromMs)) break
    if (hours.phaseAt(fromMs) === "trading") sections.push({ openMs: fromMs, closeMs: untilMs })
    fromMs = untilMs
  }
  return sections
}

/** The same, looked up once a minute: it is asked at each scrape. */
export const makePlannedSections = (hours: MarketHours, nowMs: () => number) => {
  let known: ReadonlyArray<PlannedSection> = []
  let atMs = Number.NEGATIVE_INFINITY
  return (): ReadonlyArray<PlannedSection> => {
    const now = nowMs()
    if (now < atMs || now - atMs >= keptMs) {
      atMs = now
      known = plannedSections(hours, now)
    }
    return known
  }
}

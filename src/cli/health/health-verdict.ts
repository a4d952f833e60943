import { coverageOf } from "../../kernel/instrument/coverage.ts"

/**
 * What is known of one subscription, from a daemon or from a file. Times are epoch milliseconds, undefined: not
 * known.
 */
export interface ActiveSubscription {
  /** With the exchange where it is known: `rb2701.SHFE`. */
  readonly symbol: string
  readonly subscriptionId: string
  readonly feed: string
  /** The front has acknowledged it. */
  readonly active: boolean
  /** Why the front refused. */
  readonly rejected: string | undefined
  readonly acknowledgedMs: number | undefined
  readonly firstTickMs: number | undefined
  readonly lastTickMs: number | undefined
  /** Ticks from first to last; undefined: not counted. */
  readonly ticks: number | undefined
  /** The daemon's own verdict by the instrument's rhythm: silent for so long, and longer than it may be. */
  readonly stalledMs?: number | undefined
  /** Why no exchange is known to use the code, in the daemon's words. */
  readonly doubt?: string | undefined
  /** Ticks come and all of them are set aside, for this reason. */
  readonly setAside?: string | undefined
  /** The source has symbols only: nothing is known of ticks. */
  readonly symbolOnly: boolean
}

interface HealthLimits {
  /** Share of the expected instruments that must be subscribed. */
  readonly coverage: number
  /** Silence in trading time that is a warning, and that is an error. */
  readonly lagWarningMs: number
  readonly lagCriticalMs: number
  /** Silence is no fault before it is this many times the instrument's own mean gap. */
  readonly gaps: number
  /** Instruments whose absence is an error whatever the coverage. */
  readonly isLiquid: (symbol: string) => boolean
}

interface StalledInstrument {
  readonly symbol: string
  readonly subscriptionId: string
  readonly feed: string
  readonly lastTickMs: number | undefined
  readonly lagMs: number
  readonly severity: "warning" | "critical"
}

/** Instruments that could not be judged, by why. */
interface NotJudged {
  /** Not in trading time now, so silence says nothing. */
  readonly closed: number
  /** A product or a day whose hours are not known. */
  readonly hoursUnknown: number
  /** Trading, subscribed, and no tick in this session yet: an illiquid contract may be silent for hours. */
  readonly neverTicked: number
  /** The source has no times. */
  readonly noTimes: number
}

export interface FeedHealth {
  readonly coverage: number
  readonly expected: number
  readonly active: number
  readonly matched: number
  readonly ignored: ReadonlyArray<string>
  readonly missing: ReadonlyArray<{ readonly symbol: string; readonly why: string; readonly liquid: boolean }>
  readonly unexpected: ReadonlyArray<string>
  readonly stalled: ReadonlyArray<StalledInstrument>
  readonly notJudged: NotJudged
  readonly warnings: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
  /** 0 healthy, 1 warnings only, 2 errors. */
  readonly exitCode: 0 | 1 | 2
}

export interface HealthInput {
  readonly expected: ReadonlyArray<string>
  readonly active: ReadonlyArray<ActiveSubscription>
  /** By feed whose ticks arrive late: how far behind the exchanges, milliseconds. Omit: none is. */
  readonly lateMs?: Readonly<Record<string, number>>
  readonly isIgnored: (symbol: string) => boolean
  readonly limits: HealthLimits
  readonly nowMs: number
  /** Since when the instrument has been trading without a pause, if it trades now. */
  readonly tradingSinceMs: (symbol: string, atMs: number) => number | "closed" | "unknown"
}

const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

/** One instrument over all feeds: subscribed when one feed has it, ticking when one feed ticks. */
const mergeFeeds = (active: ReadonlyArray<ActiveSubscription>): ReadonlyMap<string, ActiveSubscription> => {
  const merged = new Map<string, ActiveSubscription>()
  for (const one of active) {
    const other = merged.get(one.symbol)
    if (other === undefined) {
      merged.set(one.symbol, one)
      continue
    }
    const [best, rest] = one.active && !other.active ? [one, other] : [other, one]
    merged.set(one.symbol, {
      ...best,
      rejected: best.active ? undefined : (best.rejected ?? rest.rejected),
      lastTickMs: latest(best.lastTickMs, rest.lastTickMs),
      stalledMs:
        best.stalledMs === undefined || (rest.active && rest.stalledMs === undefined) ? undefined : best.stalledMs,
      // One feed that ticks is enough: the code exists, and its ticks reach consumers.
      doubt: best.doubt === undefined || rest.doubt === undefined ? undefined : best.doubt,
      setAside: best.setAside === undefined || (rest.active && rest.setAside === undefined) ? undefined : best.setAside,
      symbolOnly: best.symbolOnly && rest.symbolOnly
    })
  }
  return merged
}

const meanGapMs = ({ firstTickMs, lastTickMs, ticks }: ActiveSubscription): number =>
  firstTickMs === undefined || lastTickMs === undefined || ticks === undefined || ticks < 2
    ? 0
    : (lastTickMs - firstTickMs) / (ticks - 1)

/** Silence of subscribed instruments that trade now, judged by the instrument's own rhythm and by the limits. */
const judgeSilence = (input: HealthInput, subscribed: Iterable<ActiveSubscription>) => {
  const { limits, nowMs } = input
  const stalled: Array<StalledInstrument> = []
  const notJudged = { closed: 0, hoursUnknown: 0, neverTicked: 0, noTimes: 0 }
  // What has not come yet is on its way, and the lateness is a warning by itself.
  if (input.active.every(({ feed }) => (input.lateMs?.[feed] ?? 0) > 0)) return { stalled, notJudged }
  for (const one of subscribed) {
    const { feed, lastTickMs, subscriptionId, symbol } = one
    if (one.symbolOnly) {
      notJudged.noTimes++
      continue
    }
    const sinceMs = input.tradingSinceMs(symbol, nowMs)
    if (typeof sinceMs === "string") {
      if (sinceMs === "closed") notJudged.closed++
      else notJudged.hoursUnknown++
      continue
    }
    const isLiquid = limits.isLiquid(symbol)
    if (lastTickMs === undefined && !isLiquid) {
      notJudged.neverTicked++
      continue
    }
    const heardMs = Math.max(latest(lastTickMs, one.acknowledgedMs) ?? sinceMs, sinceMs)
    const lagMs = one.stalledMs ?? Math.max(0, nowMs - heardMs)
    // The rhythm of a liquid instrument is no excuse: it is expected to tick.
    const quietMs = isLiquid ? 0 : meanGapMs(one) * limits.gaps
    // The daemon sees every tick and knows the rhythm: its verdict counts, whether the limits are reached or not.
    const isKnown = one.stalledMs !== undefined
    if (!isKnown && lagMs < Math.max(limits.lagWarningMs, quietMs)) continue
    const isCritical = lagMs >= Math.max(limits.lagCriticalMs, quietMs) || (isKnown && isLiquid)
    const severity = isCritical ? "critical" : "warning"
    stalled.push({ symbol, subscriptionId, feed, lastTickMs, lagMs, severity })
  }
  return { stalled, notJudged }
}

/** Names in a sentence; of many the first. */
const namedMax = 20
const named = (names: ReadonlyArray<string>): string =>
  names.length <= namedMax
    ? names.join(", ")
    : `${names.slice(0, namedMax).join(", ")} and ${names.length - namedMax} more`

const whyMissing = (known: ActiveSubscription | undefined): string =>
  known === undefined ? "not wanted" : (known.rejected ?? "not acknowledged")

/**
 * Compares what should be subscribed with what is, and what is subscribed with what ticks.
 * A rejected instrument is missing, whatever the reason; nothing leaves the expected set but what the caller ignores.
 */
export const judgeFeedHealth = (input: HealthInput): FeedHealth => {
  const { limits } = input
  const all = new Set(input.expected)
  const ignored = [...all].filter(input.isIgnored)
  const expected = [...all].filter((symbol) => !input.isIgnored(symbol))
  const known = mergeFeeds(input.active)
  const subscribed = [...known.values()].filter(({ active }) => active)
  const { missing: absent, ratio: coverage } = coverageOf(expected, (symbol) => known.get(symbol)?.active === true)
  const missing = absent.map((symbol) => ({
    symbol,
    why: whyMissing(known.get(symbol)),
    liquid: limits.isLiquid(symbol)
  }))
  const unexpected = subscribed.map(({ symbol }) => symbol).filter((symbol) => !all.has(symbol))
  const matched = expected.length - missing.length
  const { stalled, notJudged } = judgeSilence(input, subscribed)

  const errors: Array<string> = []
  const warnings: Array<string> = []
  if (coverage < limits.coverage) {
    errors.push(`Coverage ratio ${coverage.toFixed(6)} below threshold ${limits.coverage}`)
  }
  const liquid = missing.filter((one) => one.liquid).length
  if (liquid > 0) errors.push(`Missing ${liquid} liquid contracts`)
  if (missing.length > liquid) {
    const sentence = `Missing ${missing.length - liquid} contracts`
    if (coverage < limits.coverage) errors.push(sentence)
    else warnings.push(sentence)
  }
  const critical = stalled.filter(({ severity }) => severity === "critical").length
  if (critical > 0) errors.push(`Detected ${critical} critical stalled streams`)
  if (stalled.length > critical) warnings.push(`Detected ${stalled.length - critical} stalled streams (warning)`)
  const wanted = [...known.values()].filter(({ symbol }) => !input.isIgnored(symbol))
  const doubted = wanted.flatMap(({ doubt, symbol }) => (doubt === undefined ? [] : [`${symbol} (${doubt})`]))
  if (doubted.length > 0) warnings.push(`Codes that no exchange is known to use: ${named(doubted)}`)
  const aside = wanted.flatMap(({ setAside, symbol }) => (setAside === undefined ? [] : [`${symbol} (${setAside})`]))
  if (aside.length > 0) warnings.push(`Every tick is set aside of: ${named(aside)}`)
  for (const [feed, ms] of Object.entries(input.lateMs ?? {})) {
    warnings.push(`Feed ${feed} is late: its ticks arrive ${Math.round(ms / 1000)} s behind the exchanges`)
  }
  if (unexpected.length > 0) warnings.push(`Unexpected active contracts: ${unexpected.length}`)
  return {
    coverage,
    expected: expected.length,
    active: subscribed.length,
    matched,
    ignored,
    missing,
    unexpected,
    stalled,
    notJudged,
    warnings,
    errors,
    exitCode: errors.length > 0 ? 2 : warnings.length > 0 ? 1 : 0
  }
}

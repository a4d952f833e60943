import { Effect, Schedule, Schema } from "effect"
import { type BarColumns, barFields, sliceBars } from "../../domain/signal/alpha158/bar-columns.ts"
import type { Adjustment, BarsSet } from "../../domain/signal/market/bars-set.ts"
import { BarHistory } from "../../ports/bar-history.ts"
import { type BarsEntry, BarsError, BarsStore } from "../../ports/bars-store.ts"

export class FetchError extends Schema.TaggedError<FetchError>()("FetchError", {
  code: Schema.Literals(["BARS_NOT_FETCHED", "BARS_MIXED"]),
  message: Schema.String
}) {}

export interface FetchPlan {
  readonly symbols: ReadonlyArray<string>
  readonly timeframe: string
  readonly adjustment: Adjustment
  /** Days, both included. */
  readonly from: string
  readonly to: string
  /** Called after each page: symbols that are complete, and all. */
  readonly show: (done: number, total: number) => Effect.Effect<void>
}

export interface Fetched {
  readonly symbol: string
  /** Bars that came now. */
  readonly added: number
  /** The stored bars no longer agree with the venue's, as after a split: all were fetched again. */
  readonly refetched: boolean
  readonly entry: BarsEntry | undefined
}

const pagesMost = 10_000
const attemptsMost = 6
const pauseMostMs = 60_000

/** Bars of two series, the later ones after the earlier ones; a day that both have is that of `later`. */
export const joinBars = (earlier: BarColumns, later: BarColumns): BarColumns => {
  const first = later.dates[0]
  const kept = first === undefined ? earlier.dates.length : earlier.dates.filter((day) => day < first).length
  const before = sliceBars(earlier, 0, kept)
  const join = (field: (typeof barFields)[number]) => {
    const all = new Float64Array(kept + later.dates.length)
    all.set(before[field])
    all.set(later[field], kept)
    return all
  }
  return {
    dates: [...before.dates, ...later.dates],
    open: join("open"),
    high: join("high"),
    low: join("low"),
    close: join("close"),
    volume: join("volume"),
    vwap: join("vwap")
  }
}

const emptyBars: BarColumns = {
  dates: [],
  open: new Float64Array(0),
  high: new Float64Array(0),
  low: new Float64Array(0),
  close: new Float64Array(0),
  volume: new Float64Array(0),
  vwap: new Float64Array(0)
}

/** One page, with pauses where the venue wants them. */
const pageOf = Effect.fnUntraced(function* (
  query: Parameters<BarHistory["Service"]["page"]>[0],
  token: string | undefined
) {
  const history = yield* BarHistory
  return yield* history.page(query, token).pipe(
    Effect.tapError(({ retryAfterMs }) => Effect.sleep(Math.min(pauseMostMs, retryAfterMs))),
    Effect.retry({
      while: ({ passes }) => passes,
      times: attemptsMost - 1,
      schedule: Schedule.exponential("200 millis")
    }),
    Effect.mapError(
      ({ message }) =>
        new FetchError({ code: "BARS_NOT_FETCHED", message: `The bars of ${query.symbol} do not come: ${message}` })
    )
  )
})

/**
 * Fetches one symbol from the last stored day on. That day comes again and must be the same: adjusted prices of the
 * past change with a split, and then all of them are fetched anew. Each page is stored, so that a stop loses one at
 * most.
 */
const fetchSymbol = Effect.fnUntraced(function* (symbol: string, plan: FetchPlan) {
  const store = yield* BarsStore
  const history = yield* BarHistory
  const key = { symbol, timeframe: plan.timeframe, adjustment: plan.adjustment }
  const stored = yield* Effect.catchIf(
    store.read(key),
    ({ code }) => code === "BARS_MISSING",
    () => Effect.succeed(undefined)
  )
  if (stored !== undefined && stored.market !== history.market) {
    return yield* new FetchError({
      code: "BARS_MIXED",
      message: `The stored bars of ${symbol} are ${stored.market}, those of ${history.source} are ${history.market}: use another folder`
    })
  }
  const begins = stored?.bars.dates[0]
  const last = stored?.bars.dates.at(-1)
  const extends_ = begins !== undefined && last !== undefined && begins <= plan.from && last >= plan.from
  let known = extends_ ? (stored?.bars ?? emptyBars) : emptyBars
  let from = extends_ ? last : plan.from
  let refetched = stored !== undefined && !extends_
  let entry: BarsEntry | undefined
  let added = 0
  let token: string | undefined
  for (let page = 0; page < pagesMost; page++) {
    const { bars, next } = yield* pageOf({ ...key, from, to: plan.to }, token)
    const at = known.dates.length - 1
    const isSame = page > 0 || at < 0 || (bars.dates[0] === known.dates[at] && bars.close[0] === known.close[at])
    if (!isSame && bars.dates.length > 0) {
      known = emptyBars
      from = plan.from
      token = undefined
      refetched = true
      added = 0
      page = -1
      continue
    }
    const joined = joinBars(known, bars)
    added += joined.dates.length - known.dates.length
    known = joined
    if (bars.dates.length > 0) {
      const set: BarsSet = { ...key, market: history.market, source: history.source, bars: known }
      entry = yield* store.write(set)
    }
    if (next === undefined) return { symbol, added, refetched, entry } satisfies Fetched
    if (next === token) break
    token = next
  }
  return yield* new FetchError({ code: "BARS_NOT_FETCHED", message: `The bars of ${symbol} do not end` })
})

/** Fetches symbol after symbol; what is stored is not fetched again. */
export const fetchBars = (
  plan: FetchPlan
): Effect.Effect<ReadonlyArray<Fetched>, FetchError | BarsError, BarHistory | BarsStore> =>
  Effect.forEach(plan.symbols, (symbol, at) =>
    Effect.tap(fetchSymbol(symbol, plan), () => plan.show(at + 1, plan.symbols.length))
  )

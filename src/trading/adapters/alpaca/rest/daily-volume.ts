import { BigDecimal, Effect } from "effect"
import { newYorkInstant, newYorkOffsetMs } from "../../../../kernel/calendar/new-york.ts"
import type { Decimal } from "../../../../kernel/decimal.ts"
import { instantOfMs, instantText } from "../../../../kernel/time/utc-instant.ts"
import type { VenueError } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import type { AlpacaSettings } from "../settings.ts"
import { type DayVolume, readVolumes } from "../wire/bars.ts"
import { unknown } from "./outcome.ts"
import { readable, type Send } from "./rest-client.ts"

const days = 20
/** 20 trading days and every holiday between them fit. */
const lookBackMs = 45 * 86_400_000
const pagesMax = 10

/** Mean of the last 20 full days; `undefined` with fewer. `runningDay` and later ones are not full. */
export const meanVolume = (volumes: ReadonlyArray<DayVolume>, runningDay: string): Decimal | undefined => {
  const full = [...new Map(volumes.map((bar) => [bar.day, bar.shares]))]
    .filter(([day, shares]) => day < runningDay && !BigDecimal.isNegative(shares))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(-days)
  if (full.length < days) return undefined
  const sum = BigDecimal.sumAll(full.map(([, shares]) => shares))
  return BigDecimal.normalize(
    BigDecimal.round(BigDecimal.divideUnsafe(sum, BigDecimal.fromBigInt(BigInt(days))), { scale: 9 })
  )
}

export const averageDailyVolume = Effect.fnUntraced(function* (
  send: Send,
  settings: AlpacaSettings,
  counts: AlpacaCounts,
  symbol: string,
  nowMs: number
): Effect.fn.Return<Decimal | undefined, VenueError> {
  // The running day is not asked for: its bar is not full, and the free plan refuses the last 15 minutes.
  const today = new Date(nowMs - newYorkOffsetMs(nowMs)).toISOString().slice(0, 10)
  const midnight = newYorkInstant(Date.parse(`${today}T00:00:00Z`), 0)
  const volumes: Array<DayVolume> = []
  let page: string | undefined
  for (let n = 0; n < pagesMax; n++) {
    const text = yield* send({
      method: "GET",
      url: `${settings.urls.data}/v2/stocks/bars`,
      query: {
        symbols: symbol,
        timeframe: "1Day",
        start: instantText(instantOfMs(midnight - lookBackMs)),
        end: instantText(instantOfMs(midnight) - 1n),
        limit: "1000",
        // Shares of before a split count as those of today.
        adjustment: "split",
        feed: settings.barsFeed,
        sort: "asc",
        page_token: page
      }
    })
    const { days: more, nextPage } = yield* readable(readVolumes(text, symbol), counts)
    volumes.push(...more)
    if (nextPage === undefined) return meanVolume(volumes, today)
    if (nextPage === page) break
    page = nextPage
  }
  return yield* unknown(`the daily bars of ${symbol} do not end`)
})

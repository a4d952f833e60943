import { BigDecimal, Clock, Effect } from "effect"
import { newYorkTradingDay } from "../../../../kernel/calendar/new-york.ts"
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
/** The free plan refuses newer data of the whole market. */
const delayMs = 16 * 60_000
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
  symbol: string
): Effect.fn.Return<Decimal | undefined, VenueError> {
  const nowMs = yield* Clock.currentTimeMillis
  const volumes: Array<DayVolume> = []
  let page: string | undefined
  for (let n = 0; n < pagesMax; n++) {
    const text = yield* send({
      method: "GET",
      url: `${settings.urls.data}/v2/stocks/bars`,
      query: {
        symbols: symbol,
        timeframe: "1Day",
        start: instantText(instantOfMs(nowMs - lookBackMs)),
        end: instantText(instantOfMs(nowMs - delayMs)),
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
    if (nextPage === undefined) return meanVolume(volumes, newYorkTradingDay(nowMs).day)
    if (nextPage === page) break
    page = nextPage
  }
  return yield* unknown(`the daily bars of ${symbol} do not end`)
})

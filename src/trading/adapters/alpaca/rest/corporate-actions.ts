import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http/HttpClient"
import type { Split } from "../../../domain/reconcile/compare-positions.ts"
import { CorporateActions } from "../../../ports/corporate-actions.ts"
import type { VenueError } from "../../../ports/venue.ts"
import { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, refuseUrls } from "../settings.ts"
import { readSplits } from "../wire/corporate-actions.ts"
import { unknown } from "./outcome.ts"
import { makeSend, readable } from "./rest-client.ts"

const pageSize = "1000"
const pagesMax = 100

/** Corporate actions of the market data API. All pages, or a failure: a split that is missing explains nothing. */
export const layer = (
  settings: AlpacaSettings,
  counts: AlpacaCounts = new AlpacaCounts()
): Layer.Layer<CorporateActions, never, HttpClient> =>
  Layer.effect(
    CorporateActions,
    Effect.gen(function* () {
      yield* refuseUrls(settings)
      const send = makeSend(yield* HttpClient, settings, counts)
      const splits = Effect.fnUntraced(function* (
        from: string,
        to: string
      ): Effect.fn.Return<ReadonlyArray<Split>, VenueError> {
        const found: Array<Split> = []
        let page: string | undefined
        for (let n = 0; n < pagesMax; n++) {
          const text = yield* send({
            method: "GET",
            url: `${settings.urls.data}/v1/corporate-actions`,
            query: {
              types: "forward_split,reverse_split",
              start: from,
              end: to,
              limit: pageSize,
              sort: "asc",
              page_token: page
            }
          })
          const { nextPage, splits: more } = yield* readable(readSplits(text), counts)
          found.push(...more)
          // By its first day: a venue that filters by another date gives splits from outside of the range.
          if (nextPage === undefined) return found.filter(({ day }) => day >= from && day <= to)
          if (nextPage === page) break
          page = nextPage
        }
        return yield* unknown("the pages of the corporate actions do not end")
      })
      return CorporateActions.of({ splits })
    })
  )

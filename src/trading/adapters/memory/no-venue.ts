import { Effect, Layer, Stream } from "effect"
import { CorporateActions } from "../../ports/corporate-actions.ts"
import { Quotes } from "../../ports/quotes.ts"
import { Venue, VenueError, VenueRefused } from "../../ports/venue.ts"

const refused = Effect.fail(
  new VenueError({
    reason: new VenueRefused({
      status: 0,
      code: "NO_VENUE",
      message: "no venue is configured: set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or run with --simulated-venue",
      duplicateId: false
    })
  })
)
const refuse = () => refused

/** For a dry run without keys: nothing is connected, every request is refused, and there is no price. */
export const noVenue = Layer.mergeAll(
  Layer.succeed(
    Venue,
    Venue.of({
      submit: refuse,
      cancel: refuse,
      replace: refuse,
      orderByClientId: refuse,
      orderById: refuse,
      openOrders: refused,
      ordersSince: refuse,
      fills: refuse,
      positions: refused,
      account: refused,
      time: refused,
      tradingDays: refuse,
      updates: Stream.never,
      averageDailyVolume: refuse
    })
  ),
  Layer.succeed(CorporateActions, CorporateActions.of({ splits: refuse }))
)

export const noQuotes = Layer.succeed(
  Quotes,
  Quotes.of({
    quote: () => undefined,
    averageDailyVolume: () => undefined,
    want: () => Effect.void,
    release: () => Effect.void
  })
)

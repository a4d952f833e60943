import { Context, Effect, Layer } from "effect"
import type { MonitorFinding } from "../../ports/safety.ts"
import { TradeFlow, type VenueAnswer } from "../../ports/trade-flow.ts"
import { Venue, type VenueError } from "../../ports/venue.ts"
import { MonitorFindings, VenueHealth } from "../../ports/venue-health.ts"
import { countOne, timed } from "../flow/count-flow.ts"

const answerOf: Readonly<Record<VenueError["reason"]["_tag"], VenueAnswer>> = {
  VenueRefused: "refused",
  VenueRateLimited: "rate_limited",
  VenueUnauthorized: "unauthorized",
  VenueOutcomeUnknown: "unknown"
}

/** The same venue, with its failures in a row, its answers and their time counted. It changes no answer. */
export const countedVenue = Layer.effectContext(
  Effect.gen(function* () {
    const venue = yield* Venue
    const { answers, venueRequests } = yield* TradeFlow
    let errorsInRow = 0
    const counted = <A>(request: Effect.Effect<A, VenueError>): Effect.Effect<A, VenueError> =>
      timed(venueRequests, request).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            errorsInRow = 0
            countOne(answers, "taken")
          })
        ),
        Effect.tapError(({ reason }) =>
          Effect.sync(() => {
            countOne(answers, answerOf[reason._tag])
            // A refusal and a rate limit are answers of a venue that works.
            errorsInRow = reason._tag === "VenueRefused" || reason._tag === "VenueRateLimited" ? 0 : errorsInRow + 1
          })
        )
      )
    let invalidAccount = ""
    const account = counted(venue.account).pipe(
      Effect.tap(() => Effect.sync(() => void (invalidAccount = ""))),
      Effect.tapError(({ reason }) =>
        Effect.sync(() => {
          if (reason._tag === "VenueOutcomeUnknown" && reason.invalidValue === true) invalidAccount = reason.cause
        })
      )
    )
    const service = Venue.of({
      ...venue,
      submit: (...args) => counted(venue.submit(...args)),
      cancel: (...args) => counted(venue.cancel(...args)),
      replace: (...args) => counted(venue.replace(...args)),
      orderByClientId: (...args) => counted(venue.orderByClientId(...args)),
      orderById: (...args) => counted(venue.orderById(...args)),
      openOrders: counted(venue.openOrders),
      ordersSince: (...args) => counted(venue.ordersSince(...args)),
      fills: (...args) => counted(venue.fills(...args)),
      positions: counted(venue.positions),
      account,
      time: counted(venue.time)
    })
    return Context.make(Venue, service).pipe(
      Context.add(VenueHealth, VenueHealth.of({ errorsInRow: () => errorsInRow, invalidAccount: () => invalidAccount }))
    )
  })
)

export const findingsLayer = Layer.sync(MonitorFindings, () => {
  let newest: MonitorFinding | undefined
  return MonitorFindings.of({
    newest: () => newest,
    keep: (finding) => {
      newest = finding
    }
  })
})

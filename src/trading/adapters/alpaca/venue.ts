import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http/HttpClient"
import { Venue } from "../../ports/venue.ts"
import { AlpacaCounts } from "./counts.ts"
import { OpenSocket } from "./link/text-socket.ts"
import { tradeUpdates } from "./link/trade-updates.ts"
import { makeRequests } from "./rest/requests.ts"
import { makeSend } from "./rest/rest-client.ts"
import { type AlpacaSettings, refuseUrls } from "./settings.ts"

/** Alpaca as the venue: trading API v2 over REST, and updates by WebSocket and events. */
export const layer = (
  settings: AlpacaSettings,
  counts: AlpacaCounts = new AlpacaCounts()
): Layer.Layer<Venue, never, HttpClient | OpenSocket> =>
  Layer.effect(
    Venue,
    Effect.gen(function* () {
      yield* refuseUrls(settings)
      const [client, open] = [yield* HttpClient, yield* OpenSocket]
      const send = makeSend(client, settings, counts)
      const updates = tradeUpdates(open, client, settings, counts)
      return Venue.of({ ...makeRequests(send, settings, counts), updates })
    })
  )

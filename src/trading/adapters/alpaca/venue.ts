import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http/HttpClient"
import { Venue } from "../../ports/venue.ts"
import { AlpacaCounts } from "./counts.ts"
import { OpenSocket } from "./link/text-socket.ts"
import { tradeUpdates } from "./link/trade-updates.ts"
import { makeRequests } from "./rest/requests.ts"
import { makeSend } from "./rest/rest-client.ts"
import type { AlpacaSettings } from "./settings.ts"

/** Alpaca as the venue: trading API v2 over REST, and the WebSocket `trade_updates`. */
export const layer = (
  settings: AlpacaSettings,
  counts: AlpacaCounts = new AlpacaCounts()
): Layer.Layer<Venue, never, HttpClient | OpenSocket> =>
  Layer.effect(
    Venue,
    Effect.gen(function* () {
      const send = makeSend(yield* HttpClient, settings, counts)
      const open = yield* OpenSocket
      return Venue.of({ ...makeRequests(send, settings, counts), updates: tradeUpdates(open, settings, counts) })
    })
  )

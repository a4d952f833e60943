import { Effect, Stream } from "effect"
import type { HttpClient } from "effect/http/HttpClient"
import type { VenueUpdate } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import type { AlpacaSettings } from "../settings.ts"
import { followEvents } from "./event-stream.ts"
import type { OpenSocket } from "./text-socket.ts"
import { UpdateOutbox } from "./update-outbox.ts"
import { followSocket } from "./update-socket.ts"

/**
 * The updates of orders, as the port promises them, by the ways of the settings. Each run of the stream has connections
 * of its own.
 */
export const tradeUpdates = (
  open: OpenSocket["Service"],
  client: HttpClient,
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Stream.Stream<VenueUpdate> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const outbox = new UpdateOutbox(settings.updatesMax)
      if (settings.updatesFrom !== "sse") yield* Effect.forkScoped(followSocket(open, outbox, settings, counts))
      if (settings.updatesFrom !== "websocket") {
        yield* Effect.forkScoped(followEvents(client, outbox, settings, counts))
      }
      return Stream.fromIterableEffectRepeat(outbox.items.take)
    })
  )

import { Clock, Effect, Layer, Option, Result, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned, count } from "../../cli/terminal/layout.ts"
import { progress } from "../../cli/terminal/progress.ts"
import { newYorkOffsetMs } from "../../kernel/calendar/new-york.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { layer as barHistory } from "../../trading/adapters/alpaca/rest/bar-history.ts"
import { fetchLayer } from "../../trading/adapters/alpaca/rest/rest-client.ts"
import { layer as barsFolder } from "../../trading/adapters/bars/bars-folder.ts"
import { fetchBars } from "../../trading/application/signals/fetch-bars.ts"
import { tradeFields } from "../../trading/config/trade-environment.ts"
import { venueSettings } from "../../trading/config/venue-settings.ts"
import { adjustmentFlag, barsFlag, dayFlag, toBarsError } from "./bars-flags.ts"

const dayMs = 86_400_000

const decodeVenue = Schema.decodeUnknownResult(Schema.Struct(tradeFields))

/** The venue of the environment, as `tickd trade` reads it; only its market data is used. */
const settingsOf = Effect.fnUntraced(function* (feed: string) {
  const { env } = yield* Invocation
  const fail = (message: string) =>
    new UserError({ code: "VENUE_NOT_CONFIGURED", message, exitCode: exitCodes.configuration })
  const named = Object.fromEntries(Object.entries(env).filter(([name]) => name in tradeFields))
  const decoded = decodeVenue(named)
  if (Result.isFailure(decoded)) return yield* fail(decoded.failure.message)
  const { faults, venue } = venueSettings(decoded.success, decoded.success.TRADE_MODE ?? "dry")
  if (venue === undefined) {
    return yield* fail(faults[0] ?? "APCA_API_KEY_ID and APCA_API_SECRET_KEY are not set: history needs keys.")
  }
  return { ...venue, barsFeed: feed, requestMs: 30_000 }
})

/** `tickd bars fetch`. */
export const fetch = Command.make(
  "fetch",
  {
    symbols: Argument.atLeast(Argument.String("symbol").pipe(Argument.withDescription("Symbols, as AAPL MSFT")), 1),
    from: dayFlag("from", "First day"),
    to: dayFlag("to", "Last day (default: yesterday in New York)").pipe(Flag.optional),
    feed: Flag.Literals("feed", ["sip", "iex", "otc"]).pipe(
      Flag.withDescription("Feed of the bars (default: sip)"),
      Flag.withDefault("sip" as const)
    ),
    bars: barsFlag,
    timeframe: Flag.Literals("timeframe", ["1Day"]).pipe(
      Flag.withDescription("Length of a bar (default: 1Day)"),
      Flag.withDefault("1Day" as const)
    ),
    adjustment: adjustmentFlag,
    json: jsonFlag
  },
  ({ adjustment, bars: root, feed, from, json, symbols, timeframe, to }) =>
    Effect.gen(function* () {
      const settings = yield* settingsOf(feed)
      const nowMs = yield* Clock.currentTimeMillis
      // The running day has no whole bar.
      const yesterday = new Date(nowMs - newYorkOffsetMs(nowMs) - dayMs).toISOString().slice(0, 10)
      const bar = yield* progress("symbols")
      const fetched = yield* fetchBars({
        symbols: [...new Set(symbols.map((symbol) => symbol.toUpperCase()))],
        timeframe,
        adjustment,
        from,
        to: Option.getOrElse(to, () => yesterday),
        show: bar.show
      }).pipe(
        Effect.provide(Layer.merge(barsFolder(root), Layer.provide(barHistory(settings), fetchLayer))),
        toBarsError,
        Effect.ensuring(bar.end)
      )
      yield* present(
        json,
        { fetched },
        () =>
          aligned(
            [
              ["SYMBOL", "NEW", "BARS", "FROM", "TO", ""],
              ...fetched.map(({ added, entry, refetched, symbol }) => [
                symbol,
                count(added),
                count(entry?.rows ?? 0),
                entry?.from ?? "-",
                entry?.to ?? "-",
                entry === undefined
                  ? "the venue has none"
                  : `${entry.market === "synthetic" ? "SYNTHETIC " : ""}${refetched ? "fetched anew: older prices changed" : ""}`
              ])
            ],
            [1, 2]
          ).join("\n"),
        () => "tickd bars check"
      )
    })
).pipe(
  Command.withDescription(
    "Fetch history from Alpaca into the folder of bars; a second run goes on where the first one stopped"
  )
)

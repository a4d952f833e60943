import { Clock, Effect, Layer, Queue } from "effect"
import { HttpClient } from "effect/http/HttpClient"
import { newYorkTradingDay } from "../../../../kernel/calendar/new-york.ts"
import { type InstantNs, instantOfMs } from "../../../../kernel/time/utc-instant.ts"
import { Quotes } from "../../../ports/quotes.ts"
import { AlpacaCounts } from "../counts.ts"
import { keepConnected, type Loss } from "../link/keep-connected.ts"
import { OpenSocket } from "../link/text-socket.ts"
import { averageDailyVolume } from "../rest/daily-volume.ts"
import { makeSend } from "../rest/rest-client.ts"
import { type AlpacaSettings, keysProblem, readKeys, refuseUrls } from "../settings.ts"
import { readLatestQuotes } from "../wire/data-frame.ts"
import { type DataConversation, dataConversation } from "./data-conversation.ts"
import { QuoteBoard } from "./quote-board.ts"

/** Symbols of one request for latest quotes, and volumes asked for at one look. */
const latestMax = 100
const volumesMax = 10
/** One quote may be on its way; so many in sequence are not. */
const missedMax = 3
const volumeRetryMs = 60_000
/** A request that failed is repeated sooner: without the volume every entry is refused. */
const volumeFailedRetryMs = 2_000

export interface QuoteOptions {
  /** The exchange's clock, where it is known; this host's otherwise. */
  readonly exchangeNow?: (nowMs: number) => InstantNs | undefined
  readonly counts?: AlpacaCounts
}

/**
 * Quotes of the market data API: the WebSocket, and REST as second opinion for symbols without a fresh quote. A socket
 * that answers but brings no quotes while REST has newer ones is mute, and is given up.
 */
export const layer = (
  settings: AlpacaSettings,
  { counts = new AlpacaCounts(), exchangeNow = () => undefined }: QuoteOptions = {}
): Layer.Layer<Quotes, never, HttpClient | OpenSocket> =>
  Layer.effect(
    Quotes,
    Effect.gen(function* () {
      yield* refuseUrls(settings)
      const send = makeSend(yield* HttpClient, settings, counts)
      const open = yield* OpenSocket
      const clock = yield* Clock.Clock
      const now = () => clock.currentTimeMillisUnsafe()
      const exchangeTime = () => exchangeNow(now()) ?? instantOfMs(now())
      const board = new QuoteBoard(settings.quotes, counts, exchangeTime)
      const exchangeMs = () => Number(exchangeTime() / 1_000_000n)
      let talk: DataConversation | undefined
      let mute: Loss | undefined

      const link = keepConnected({
        url: `${settings.urls.quotes}/v2/${settings.quotesFeed}`,
        times: settings.link,
        open,
        converse: (toVenue) => {
          mute = undefined
          board.forgetMissed()
          const made = dataConversation(toVenue, board, settings.keys, counts)
          talk = made
          return { ...made, tick: () => mute }
        },
        onConnect: () => void counts.connects.data++,
        onLoss: () => {
          counts.losses.data++
          talk = undefined
        },
        // A socket without a subscription has nothing to say and would be taken for dead.
        mayConnect: () => board.wanted.size > 0,
        credentials: () => JSON.stringify(readKeys(settings.keys)),
        keysProblem: () => keysProblem(settings.keys)
      })

      /** Quotes over REST for symbols that the socket has not brought. */
      const secondOpinion = Effect.gen(function* () {
        const { close, open: opens } = newYorkTradingDay(exchangeMs())
        if (exchangeMs() < opens || exchangeMs() >= close) return
        const stale = board.stale().slice(0, latestMax)
        if (stale.length === 0) return
        const text = yield* send({
          method: "GET",
          url: `${settings.urls.data}/v2/stocks/quotes/latest`,
          query: { symbols: stale.join(","), feed: settings.quotesFeed }
        })
        const latest = readLatestQuotes(text)
        if (latest === undefined) return void counts.unreadable.data++
        for (const quote of latest) {
          const missed = board.fromRest(quote)
          if (missed < missedMax || talk?.holds(quote.symbol) !== true || mute !== undefined) continue
          counts.muteSockets++
          mute = {
            kind: "lost",
            cause: `the socket is mute: ${missed} times REST had a newer quote of ${quote.symbol}`
          }
        }
      }).pipe(Effect.catch(() => Effect.sync(() => void counts.latestFailures++)))

      const refreshVolumes = Effect.gen(function* () {
        const { day } = newYorkTradingDay(exchangeMs())
        const due = [...board.wanted]
          .filter(([, known]) => known.volumeDay !== day && now() - known.volumeTriedMs >= volumeRetryMs)
          .slice(0, volumesMax)
        for (const [symbol, known] of due) {
          known.volumeTriedMs = now()
          yield* averageDailyVolume(send, settings, counts, symbol, exchangeMs()).pipe(
            Effect.map((volume) => {
              known.volume = volume
              known.volumeDay = day
            }),
            Effect.catch(() =>
              Effect.sync(() => {
                counts.volumeFailures++
                known.volumeTriedMs = now() - volumeRetryMs + volumeFailedRetryMs
              })
            )
          )
        }
      })

      yield* Effect.forkScoped(link)
      const sweep = Effect.sleep(settings.quotes.sweepMs)
      const again = (look: Effect.Effect<void>, pause: Effect.Effect<void>) =>
        Effect.forkScoped(
          Effect.forever(
            look.pipe(
              Effect.catchCause((cause) => Effect.logWarning("a look at quotes and volumes failed", cause)),
              Effect.andThen(pause)
            )
          )
        )
      yield* again(secondOpinion, sweep)
      // The first order of a symbol waits for its volume too: it is not left to the next sweep.
      const wanted = yield* Queue.sliding<void>(1)
      yield* again(refreshVolumes, Effect.raceFirst(sweep, Queue.take(wanted)))

      return Quotes.of({
        quote: (symbol) => board.wanted.get(symbol)?.quote,
        averageDailyVolume: (symbol) => board.wanted.get(symbol)?.volume,
        want: (symbol, source) =>
          Effect.sync(() => {
            if (!board.want(symbol, source)) return
            talk?.subscribe([symbol])
            Queue.offerUnsafe(wanted, undefined)
          }),
        release: (symbol, source) =>
          Effect.sync(() => {
            if (board.release(symbol, source)) talk?.unsubscribe([symbol])
          })
      })
    })
  )

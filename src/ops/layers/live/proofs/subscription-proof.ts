import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Clock, Effect } from "effect"
import { hoursOfSymbol } from "../../../../kernel/calendar/symbol-hours.ts"
import type { TradingCalendar } from "../../../../kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../kernel/calendar/trading-sessions.ts"
import { attempt } from "../../../../platform/nats/jetstream-trouble.ts"
import { marketCommands } from "../../../../protocol/market/commands.ts"
import { readCatalogue, readSubscriptions } from "../../../../protocol/market/read-pages.ts"
import { askDaemon, openControl, openTicks } from "../../../adapters/nats/daemon-connection.ts"
import { type Look, type ProofTools, unmet } from "./proof-wait.ts"
import { type NewestTick, subscriptionLook } from "./subscription-verdict.ts"

/** Milliseconds. A page of a whole market is large. */
const answerMs = 5_000

/** The newest message of the stream, by the clock of its server. */
export const newestOf = (connection: NatsConnection, stream: string) =>
  attempt(`Reading the state of stream ${stream}`, async (): Promise<NewestTick> => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const { state, ts } = await manager.streams.info(stream)
    const atMs = state.messages === 0 ? undefined : Date.parse(state.last_ts)
    return { atMs, nowMs: ts === undefined ? Date.now() : Date.parse(ts) }
  })

/** Some symbol trades at a moment. Products whose hours are not known say nothing. */
export const isTradedAt = (calendar: TradingCalendar, symbols: ReadonlyArray<string>, atMs: number): boolean => {
  const sessions = new TradingSessions(calendar)
  return symbols.some((symbol) => hoursOfSymbol(sessions, symbol)?.phaseAt(atMs) === "trading")
}

/** Asks the daemon and its stream once. */
export const lookSubscribed = ({ settings }: ProofTools, calendar: TradingCalendar): Effect.Effect<Look> =>
  Effect.gen(function* () {
    const ask = askDaemon(settings, yield* openControl(settings))
    const status = yield* ask(marketCommands.status, {}, answerMs)
    const catalogue = yield* readCatalogue((entry, body) => ask(entry, body, answerMs))
    const { marketHours, subscriptions } = yield* readSubscriptions((entry, body) => ask(entry, body, answerMs))
    const wanted = subscriptions.map(({ symbol }) => symbol)
    const isOpen = marketHours === "always" || isTradedAt(calendar, wanted, yield* Clock.currentTimeMillis)
    const newest = yield* openTicks(settings).pipe(
      Effect.flatMap((connection) => newestOf(connection, status.broker.stream)),
      Effect.catch(({ message }) => Effect.succeed(message))
    )
    return subscriptionLook({ status, catalogue, subscriptions, isOpen, newest })
  }).pipe(
    Effect.scoped,
    Effect.catch(({ message }) => Effect.succeed(unmet("ingest", message)))
  )

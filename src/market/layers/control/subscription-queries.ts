import { Clock, Effect } from "effect"
import { exchanges } from "../../../kernel/instrument/exchange.ts"
import { type SubscriptionRecord, subscriptionStates } from "../../../kernel/instrument/subscription-record.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { refuse } from "../../../protocol/control/control.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import {
  type ActiveReply,
  type ActiveRequest,
  type ContractsReply,
  type ContractsRequest,
  pageDefault,
  pageMax,
  type SubscriptionMessage
} from "../../../protocol/market/subscriptions.ts"
import type { StalledSubscription, SubscriptionHandler } from "../../ports/subscription-handler.ts"
import { pageOf } from "./reply-page.ts"
import { knownFeed } from "./unknown-feed.ts"

const timeOf = (ms: number | undefined): string | null => (ms === undefined ? null : shanghaiIso(ms))
const symbolOf = (id: string, exchange: string | undefined): string =>
  exchange === undefined ? id : `${id}.${exchange}`

const messageOf = (
  record: SubscriptionRecord,
  exchange: string | undefined,
  stalled: StalledSubscription | undefined
): SubscriptionMessage => ({
  subscription_id: record.subscriptionId,
  symbol: symbolOf(record.instrumentId, exchange),
  base_symbol: record.instrumentId,
  exchange: exchange ?? null,
  feed: record.feed,
  state: record.state,
  active: record.state === "acknowledged" || record.state === "ticking",
  created_at: shanghaiIso(record.createdMs),
  sent_at: timeOf(record.sentMs),
  acknowledged_at: timeOf(record.acknowledgedMs),
  first_tick_at: timeOf(record.firstTickMs),
  last_tick_at: timeOf(record.lastTickMs),
  ticks: record.ticks,
  ...(record.doubt !== undefined && { doubt: record.doubt }),
  ...(record.setAside !== undefined && { set_aside: record.setAside }),
  stalled:
    stalled === undefined
      ? null
      : { quiet_ms: Math.round(stalled.quietMs), limit_ms: Math.round(stalled.limitMs), evidence: stalled.evidence },
  rejected:
    record.refusal === undefined
      ? null
      : {
          error_id: record.refusal.errorId,
          name: record.refusal.name,
          message: record.refusal.text,
          passing: record.refusal.passing,
          at: shanghaiIso(record.refusal.atMs)
        }
})

/**
 * `primary-17` is the seventeenth wanted instrument of its feed: later ones have larger numbers, also where one was
 * removed.
 */
const numberOf = (subscriptionId: string): number => Number(subscriptionId.slice(subscriptionId.lastIndexOf("-") + 1))

interface Place {
  /** Index of the feed in the daemon's list. */
  readonly feed: number
  readonly number: number
}
const inOrder = (a: Place, b: Place): number => a.feed - b.feed || a.number - b.number

const keyOfInstrument = (feed: string, instrumentId: string): string => `${feed} ${instrumentId}`

/** Answers about the wanted set and the catalogue, a page at a time. */
export const makeSubscriptionQueries = (options: {
  readonly instance: string
  readonly handler: SubscriptionHandler
  readonly marketHours: "always" | "calendar"
}): Pick<HandlersOf<typeof marketCommands>, "subscriptions" | "contracts"> => {
  const { instance, handler } = options
  const stamp = Effect.map(Clock.currentTimeMillis, (nowMs) => ({ ts: shanghaiIso(nowMs), instance }))

  const symbolsPage = (all: Iterable<string>, request: { readonly cursor?: string; readonly limit?: number }) => {
    const symbols = [...new Set(all)].sort()
    const { cursor, limit } = request
    const { next, page } = pageOf(symbols, {
      isBehind: cursor === undefined ? undefined : (symbol) => symbol > cursor,
      limit: limit ?? symbols.length,
      show: (symbol) => symbol,
      cursorOf: (symbol) => symbol
    })
    return { page, counts: { total: symbols.length, truncated: next !== null, next_cursor: next } }
  }

  const placeOf = ({ feed, subscriptionId }: SubscriptionRecord): Place => ({
    feed: handler.feeds.indexOf(feed),
    number: numberOf(subscriptionId)
  })
  const placeOfCursor = (cursor: string) => {
    const [feed = "", id = ""] = cursor.split("/")
    const place = { feed: handler.feeds.indexOf(feed), number: numberOf(id) }
    return place.feed >= 0 && id.startsWith(`${feed}-`) && Number.isSafeInteger(place.number)
      ? Effect.succeed(place)
      : refuse(
          "UNKNOWN_CURSOR",
          "This is no cursor of this list: send the next_cursor of the page before, or none to begin."
        )
  }

  const activeReply = Effect.fnUntraced(function* (request: ActiveRequest) {
    const { cursor, feed, state } = request
    yield* knownFeed(instance, handler.feeds, feed)
    if (state !== undefined && !(subscriptionStates as ReadonlyArray<string>).includes(state)) {
      return yield* refuse(
        "MALFORMED_REQUEST",
        `${JSON.stringify(state)} is no state of a subscription: use one of ${subscriptionStates.join(", ")}.`
      )
    }
    const after = cursor === undefined || request.symbols_only === true ? undefined : yield* placeOfCursor(cursor)
    const matching = handler
      .records()
      .filter(
        (record) => (feed === undefined || record.feed === feed) && (state === undefined || record.state === state)
      )
    const late = handler.feeds.flatMap((name) => {
      const lateMs = handler.lateMs?.(name) ?? 0
      return lateMs > 0 ? [[name, lateMs] as const] : []
    })
    const common = {
      source: "market-data-service",
      market_hours: options.marketHours,
      ...(late.length > 0 && { late_ms: Object.fromEntries(late) }),
      ...(yield* stamp)
    }
    if (request.symbols_only === true) {
      const { counts, page } = symbolsPage(
        matching.map(({ instrumentId }) => symbolOf(instrumentId, handler.exchangeOf(instrumentId))),
        request
      )
      const symbols: ActiveReply = { subscriptions: page, ...counts, ...common }
      return symbols
    }
    const stalled = new Map(
      handler.feeds.flatMap((name) =>
        handler.stalled(name).map((one) => [keyOfInstrument(name, one.instrumentId), one] as const)
      )
    )
    // The row of a removed instrument is used again: without this sort a new one could come in before the cursor.
    const requested = matching
      .map((record) => ({ record, place: placeOf(record) }))
      .sort((a, b) => inOrder(a.place, b.place))
    const { next, page } = pageOf(requested, {
      isBehind: after === undefined ? undefined : ({ place }) => inOrder(place, after) > 0,
      limit: Math.min(request.limit ?? pageDefault, pageMax),
      show: ({ record }) =>
        messageOf(
          record,
          handler.exchangeOf(record.instrumentId),
          stalled.get(keyOfInstrument(record.feed, record.instrumentId))
        ),
      cursorOf: ({ record }) => `${record.feed}/${record.subscriptionId}`
    })
    const records: ActiveReply = {
      subscriptions: page,
      total: matching.length,
      truncated: next !== null,
      next_cursor: next,
      ...common
    }
    return records
  })

  const contractsReply = Effect.fnUntraced(function* (request: typeof ContractsRequest.Type) {
    const { exchange } = request
    if (exchange !== undefined && !(exchanges as ReadonlyArray<string>).includes(exchange)) {
      const known = exchanges.filter((name) => name !== "").join(", ")
      return yield* refuse("MALFORMED_REQUEST", `${JSON.stringify(exchange)} is no exchange: use one of ${known}.`)
    }
    const all = handler.contracts()
    const { counts, page } = symbolsPage(
      all
        .filter((contract) => exchange === undefined || contract.exchange === exchange)
        .map((contract) => symbolOf(contract.id, contract.exchange)),
      request
    )
    const reply: ContractsReply = {
      symbols: page,
      ...counts,
      source: all.length === 0 ? "empty" : "cache",
      ...(yield* stamp)
    }
    return reply
  })

  return { subscriptions: activeReply, contracts: contractsReply }
}

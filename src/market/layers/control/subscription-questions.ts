import { exchanges } from "../../../kernel/instrument/exchange.ts"
import { type SubscriptionRecord, subscriptionStates } from "../../../kernel/instrument/subscription-record.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { ControlError } from "../../../protocol/control/control.ts"
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
import { unknownFeed } from "./unknown-feed.ts"

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

/** `primary-17` is the seventeenth wish of its feed: later wishes have larger numbers, also where an earlier one left. */
const numberOf = (subscriptionId: string): number => Number(subscriptionId.slice(subscriptionId.lastIndexOf("-") + 1))

interface Place {
  /** Position of the feed in the daemon's list. */
  readonly feed: number
  readonly number: number
}
const inOrder = (a: Place, b: Place): number => a.feed - b.feed || a.number - b.number

const keyOfInstrument = (feed: string, instrumentId: string): string => `${feed} ${instrumentId}`

/** Answers about the wanted set and the catalogue, a page at a time. */
export const makeSubscriptionQuestions = (options: {
  readonly instance: string
  readonly handler: SubscriptionHandler
  readonly marketHours: "always" | "calendar"
  readonly nowMs: () => number
}) => {
  const { instance, handler, nowMs } = options
  const stamp = () => ({ ts: shanghaiIso(nowMs()), instance })

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
  const placeOfCursor = (cursor: string): Place => {
    const [feed = "", id = ""] = cursor.split("/")
    const place = { feed: handler.feeds.indexOf(feed), number: numberOf(id) }
    if (place.feed >= 0 && id.startsWith(`${feed}-`) && Number.isSafeInteger(place.number)) return place
    throw new ControlError({
      code: "UNKNOWN_CURSOR",
      message: "This is no cursor of this list: send the next_cursor of the page before, or none to begin."
    })
  }

  const active = (request: ActiveRequest): ActiveReply => {
    const { cursor, feed, state } = request
    const unknown = unknownFeed(instance, handler.feeds, feed)
    if (unknown !== undefined) throw unknown
    if (state !== undefined && !(subscriptionStates as ReadonlyArray<string>).includes(state)) {
      throw new ControlError({
        code: "MALFORMED_REQUEST",
        message: `${JSON.stringify(state)} is no state of a subscription: use one of ${subscriptionStates.join(", ")}.`
      })
    }
    const after = cursor === undefined || request.symbols_only === true ? undefined : placeOfCursor(cursor)
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
      ...stamp()
    }
    if (request.symbols_only === true) {
      const { counts, page } = symbolsPage(
        matching.map(({ instrumentId }) => symbolOf(instrumentId, handler.exchangeOf(instrumentId))),
        request
      )
      return { subscriptions: page, ...counts, ...common }
    }
    const stalled = new Map(
      handler.feeds.flatMap((name) =>
        handler.stalled(name).map((one) => [keyOfInstrument(name, one.instrumentId), one] as const)
      )
    )
    // The row of an instrument that left is used again: without this command a new wish could come in before the cursor.
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
    return { subscriptions: page, total: matching.length, truncated: next !== null, next_cursor: next, ...common }
  }

  const contracts = (request: typeof ContractsRequest.Type): ContractsReply => {
    const { exchange } = request
    if (exchange !== undefined && !(exchanges as ReadonlyArray<string>).includes(exchange)) {
      throw new ControlError({
        code: "MALFORMED_REQUEST",
        message: `${JSON.stringify(exchange)} is no exchange: use one of ${exchanges.filter((name) => name !== "").join(", ")}.`
      })
    }
    const all = handler.contracts()
    const { counts, page } = symbolsPage(
      all
        .filter((contract) => exchange === undefined || contract.exchange === exchange)
        .map((contract) => symbolOf(contract.id, contract.exchange)),
      request
    )
    return { symbols: page, ...counts, source: all.length === 0 ? "empty" : "cache", ...stamp() }
  }

  return { active, contracts }
}

import { exchanges } from "../domain/exchange.ts"
import { shanghaiIso } from "../domain/shanghai-time.ts"
import { type SubscriptionRecord, subscriptionStates } from "../domain/subscription-record.ts"
import type { StalledSubscription, SubscriptionDesk } from "../ports/inbound/subscription-desk.ts"
import { ControlError, listBytesMax } from "../protocol/control.ts"
import {
  type ActiveReply,
  type ActiveRequest,
  type ContractsReply,
  type ContractsRequest,
  pageDefault,
  pageMax,
  type SubscriptionMessage,
  SymbolsOrder,
  type SymbolsReply,
  symbolsMax
} from "../protocol/subscriptions.ts"
import type { Order } from "./order-desk.ts"

/** How often the records are looked at while an order waits for the fronts' answers. */
const lookMs = 50

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

/** Items behind `cursor`, which is the key of the last one of the page before: a list that changes in between shifts nothing. */
const pageOf = <A>(
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  cursor: string | undefined,
  limit: number
): { readonly page: ReadonlyArray<A>; readonly next: string | null } => {
  const from = cursor === undefined ? 0 : items.findIndex((item) => keyOf(item) === cursor) + 1
  if (cursor !== undefined && from === 0) {
    throw new ControlError({
      code: "UNKNOWN_CURSOR",
      message: "What the cursor points at is no longer there: begin again without one."
    })
  }
  const page = items.slice(from, from + limit)
  const last = page.at(-1)
  return { page, next: last !== undefined && from + limit < items.length ? keyOf(last) : null }
}

const keyOf = ({ feed, subscriptionId }: SubscriptionRecord): string => `${feed}/${subscriptionId}`

const keyOfInstrument = (feed: string, instrumentId: string): string => `${feed} ${instrumentId}`

/** Answers about the wanted set, and the orders that change it. */
export const makeSubscriptionVerbs = (options: {
  readonly instance: string
  readonly desk: SubscriptionDesk
  readonly marketHours: "always" | "calendar"
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}) => {
  const { instance, desk, nowMs } = options
  const stamp = () => ({ ts: shanghaiIso(nowMs()), instance })

  const unknownFeed = (feed: string | undefined) =>
    feed === undefined || desk.feeds.includes(feed)
      ? undefined
      : new ControlError({
          code: "UNKNOWN_FEED",
          message: `${instance} has no feed ${JSON.stringify(feed)}: it has ${desk.feeds.join(", ")}.`
        })

  const active = (request: ActiveRequest): ActiveReply => {
    const { feed, state } = request
    const unknown = unknownFeed(feed)
    if (unknown !== undefined) throw unknown
    if (state !== undefined && !(subscriptionStates as ReadonlyArray<string>).includes(state)) {
      throw new ControlError({
        code: "MALFORMED_REQUEST",
        message: `${JSON.stringify(state)} is no state of a subscription: use one of ${subscriptionStates.join(", ")}.`
      })
    }
    const matching = desk
      .records()
      .filter(
        (record) => (feed === undefined || record.feed === feed) && (state === undefined || record.state === state)
      )
    if (request.symbols_only === true) {
      const symbols = [
        ...new Set(matching.map(({ instrumentId }) => symbolOf(instrumentId, desk.exchangeOf(instrumentId))))
      ].sort()
      const { next, page } = pageOf(symbols, (symbol) => symbol, request.cursor, request.limit ?? symbols.length)
      return {
        subscriptions: page,
        total: symbols.length,
        truncated: next !== null,
        next_cursor: next,
        source: "market-data-service",
        market_hours: options.marketHours,
        ...stamp()
      }
    }
    const limit = Math.min(request.limit ?? pageDefault, pageMax)
    const { next, page } = pageOf(matching, keyOf, request.cursor, limit)
    const stalled = new Map(
      desk.feeds.flatMap((name) =>
        desk.stalled(name).map((one) => [keyOfInstrument(name, one.instrumentId), one] as const)
      )
    )
    return {
      subscriptions: page.map((record) =>
        messageOf(
          record,
          desk.exchangeOf(record.instrumentId),
          stalled.get(keyOfInstrument(record.feed, record.instrumentId))
        )
      ),
      total: matching.length,
      truncated: next !== null,
      next_cursor: next,
      source: "market-data-service",
      market_hours: options.marketHours,
      ...stamp()
    }
  }

  const contracts = (request: typeof ContractsRequest.Type): ContractsReply => {
    const symbols = desk
      .contracts()
      .filter(({ exchange }) => request.exchange === undefined || exchange === request.exchange)
      .map(({ exchange, id }) => symbolOf(id, exchange))
      .sort()
    const { next, page } = pageOf(symbols, (symbol) => symbol, request.cursor, request.limit ?? symbols.length)
    return {
      symbols: page,
      total: symbols.length,
      truncated: next !== null,
      next_cursor: next,
      source: symbols.length === 0 ? "empty" : "cache",
      ...stamp()
    }
  }

  /** Symbols as they were named, each once, with the instrument that is meant. */
  const instrumentsOf = (symbols: ReadonlyArray<string>) => {
    const exchangeById = new Map(desk.contracts().map(({ exchange, id }) => [id, exchange]))
    const named = new Map<string, string>()
    const rejected: Array<{ symbol: string; reason: string }> = []
    for (const symbol of new Set(symbols.map((text) => text.trim()))) {
      const dot = symbol.lastIndexOf(".")
      const suffix = symbol.slice(dot + 1)
      const isExchange = dot > 0 && (exchanges as ReadonlyArray<string>).includes(suffix)
      const id = isExchange ? symbol.slice(0, dot) : symbol
      const exchange = exchangeById.get(id)
      if (symbol === "") rejected.push({ symbol, reason: "Symbol cannot be empty" })
      else if (exchange === undefined) rejected.push({ symbol, reason: "Unknown instrument: no contract list has it" })
      else if (isExchange && suffix !== exchange)
        rejected.push({ symbol, reason: `Wrong exchange: ${id} trades on ${exchange}` })
      else if (!named.has(id)) named.set(id, symbol)
    }
    return { named, rejected }
  }

  /** Waits until a front has said yes or no to each since `sinceMs`, or the time is over. */
  const answers = async (
    named: ReadonlyMap<string, string>,
    ofFeed: string | undefined,
    waitMs: number,
    sinceMs: number
  ) => {
    const untilMs = nowMs() + waitMs
    for (;;) {
      const accepted = new Set<string>()
      const refused = new Map<string, string>()
      for (const { acknowledgedMs, feed, instrumentId, refusal } of desk.records()) {
        if (!named.has(instrumentId) || (ofFeed !== undefined && feed !== ofFeed)) continue
        if (refusal !== undefined && refusal.atMs >= sinceMs) {
          refused.set(instrumentId, `${refusal.name}: ${refusal.text}`)
        } else if (acknowledgedMs !== undefined && acknowledgedMs >= sinceMs) accepted.add(instrumentId)
      }
      const open = [...named.keys()].filter((id) => !accepted.has(id) && !refused.has(id))
      if (open.length === 0 || nowMs() >= untilMs) return { accepted, refused, open }
      await options.sleep(lookMs)
    }
  }

  const order = (verb: string, act: SubscriptionDesk["want"], waits: boolean): Order<typeof SymbolsOrder> => ({
    verb,
    schema: SymbolsOrder,
    bytesMax: listBytesMax,
    refusal: ({ feed, symbols }) => {
      const unknown = unknownFeed(feed)
      if (unknown !== undefined) return unknown
      if (symbols.length === 0) {
        return new ControlError({ code: "NOTHING_ASKED", message: "The list of symbols is empty: name one at least." })
      }
      if (symbols.length <= symbolsMax) return undefined
      return new ControlError({
        code: "TOO_MANY_SYMBOLS",
        message: `The request names ${symbols.length} symbols and ${symbolsMax} are allowed: send several requests.`
      })
    },
    perform: ({ feed, symbols, wait_ms }, id) => {
      const askedMs = nowMs()
      const { named, rejected } = instrumentsOf(symbols)
      const taken = act([...named.keys()], feed)
      for (const { instrument, reason } of taken.rejected) {
        rejected.push({ symbol: named.get(instrument) ?? instrument, reason })
        named.delete(instrument)
      }
      const reply = (
        accepted: ReadonlyArray<string>,
        pending: ReadonlyArray<string>,
        waited: boolean
      ): { reply: SymbolsReply; told: string } => ({
        reply: { accepted, rejected, pending, waited, id, ...stamp() },
        told: `${accepted.length} accepted, ${rejected.length} rejected, ${pending.length} pending`
      })
      const names = (ids: Iterable<string>) => Array.from(ids, (one) => named.get(one) ?? one)
      if (!waits || wait_ms === undefined || wait_ms === 0 || named.size === 0) {
        return reply(names(named.keys()), [], false)
      }
      // Whoever asks once more doubts the answers that are there.
      return answers(named, feed, wait_ms, verb === "resubscribe" ? askedMs : 0).then(({ accepted, open, refused }) => {
        for (const [instrument, reason] of refused) {
          if (accepted.has(instrument)) continue
          rejected.push({ symbol: named.get(instrument) ?? instrument, reason })
        }
        return reply(names(accepted), names(open), true)
      })
    }
  })

  return {
    active,
    contracts,
    subscribe: order("subscribe", desk.want, true),
    unsubscribe: order("unsubscribe", desk.unwant, false),
    resubscribe: order("resubscribe", desk.resubscribe, true)
  }
}

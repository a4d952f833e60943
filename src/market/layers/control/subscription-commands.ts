import { Clock, Effect } from "effect"
import { exchanges } from "../../../kernel/instrument/exchange.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { CommandHandler, HandlersOf, Performed } from "../../../platform/control/command-table.ts"
import { refuse } from "../../../protocol/control/control.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import { type SymbolsReply, symbolsMax } from "../../../protocol/market/subscriptions.ts"
import type { SubscriptionHandler } from "../../ports/subscription-handler.ts"
import { bytesOf, fitting } from "./reply-page.ts"
import { knownFeed } from "./unknown-feed.ts"

/** How often the records are read while a command waits for the answers of the fronts. */
const lookMs = 50

type SymbolsHandler = CommandHandler<typeof marketCommands.subscribe>
type SubscriptionCommands = Pick<HandlersOf<typeof marketCommands>, "subscribe" | "unsubscribe" | "resubscribe">

interface Rejected {
  readonly symbol: string
  readonly reason: string
}

/** The commands that change the wanted set. */
export const makeSubscriptionCommands = (options: {
  readonly instance: string
  readonly handler: SubscriptionHandler
}): SubscriptionCommands => {
  const { instance, handler } = options

  const unknownReason = (id: string): string => {
    const lastDay = handler.lastDayOf(id)
    return lastDay === undefined
      ? "Unknown instrument: no contract list has it"
      : `Expired: its last trading day was ${lastDay}`
  }

  /** Symbols as they were named, each once, with the instrument that is meant. */
  const instrumentsOf = (symbols: ReadonlyArray<string>) => {
    const exchangeById = new Map(handler.contracts().map(({ exchange, id }) => [id, exchange]))
    const named = new Map<string, string>()
    const rejected: Array<Rejected> = []
    for (const symbol of new Set(symbols.map((text) => text.trim()))) {
      const dot = symbol.lastIndexOf(".")
      const suffix = symbol.slice(dot + 1)
      const isExchange = dot > 0 && (exchanges as ReadonlyArray<string>).includes(suffix)
      const id = isExchange ? symbol.slice(0, dot) : symbol
      const exchange = exchangeById.get(id)
      if (symbol === "") rejected.push({ symbol, reason: "Symbol cannot be empty" })
      else if (exchange === undefined) rejected.push({ symbol, reason: unknownReason(id) })
      else if (isExchange && suffix !== exchange)
        rejected.push({ symbol, reason: `Wrong exchange: ${id} trades on ${exchange}` })
      else if (!named.has(id)) named.set(id, symbol)
    }
    return { named, rejected }
  }

  /** Waits until a front has answered for each since `sinceMs`, or the time is over. */
  const answers = Effect.fnUntraced(function* (
    named: ReadonlyMap<string, string>,
    ofFeed: string | undefined,
    waitMs: number,
    sinceMs: number
  ) {
    const untilMs = (yield* Clock.currentTimeMillis) + waitMs
    while (true) {
      const accepted = new Set<string>()
      const refused = new Map<string, string>()
      for (const { acknowledgedMs, feed, instrumentId, refusal } of handler.records()) {
        if (!named.has(instrumentId) || (ofFeed !== undefined && feed !== ofFeed)) continue
        if (refusal !== undefined && refusal.atMs >= sinceMs) {
          refused.set(instrumentId, `${refusal.name}: ${refusal.text}`)
        } else if (acknowledgedMs !== undefined && acknowledgedMs >= sinceMs) accepted.add(instrumentId)
      }
      const open = [...named.keys()].filter((id) => !accepted.has(id) && !refused.has(id))
      if (open.length === 0 || (yield* Clock.currentTimeMillis) >= untilMs) return { accepted, refused, open }
      yield* Effect.sleep(lookMs)
    }
  })

  const replyOf = (
    id: string,
    lists: {
      readonly accepted: ReadonlyArray<string>
      readonly rejected: ReadonlyArray<Rejected>
      readonly pending: ReadonlyArray<string>
      readonly waited: boolean
    }
  ): Effect.Effect<Performed<SymbolsReply>> =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const { accepted, pending, rejected, waited } = lists
      // The names alone fit, since they came in one message; twenty thousand reasons beside them do not.
      const shown = rejected.slice(0, fitting(rejected, bytesOf(accepted) + bytesOf(pending)))
      return {
        reply: {
          accepted,
          rejected: shown,
          rejected_total: rejected.length,
          pending,
          waited,
          id,
          ts: shanghaiIso(nowMs),
          instance
        },
        done: `${accepted.length} accepted, ${rejected.length} rejected, ${pending.length} pending`
      }
    })

  const command =
    (verb: keyof SubscriptionCommands, act: SubscriptionHandler["want"]): SymbolsHandler =>
    ({ feed, symbols, wait_ms = 0 }, id) =>
      Effect.gen(function* () {
        yield* knownFeed(instance, handler.feeds, feed)
        if (symbols.length === 0) {
          return yield* refuse("NOTHING_ASKED", "The list of symbols is empty: name one at least.")
        }
        if (symbols.length > symbolsMax) {
          return yield* refuse(
            "TOO_MANY_SYMBOLS",
            `The request names ${symbols.length} symbols and ${symbolsMax} are allowed: send several requests.`
          )
        }
        return Effect.gen(function* () {
          const askedMs = yield* Clock.currentTimeMillis
          const { named, rejected } = instrumentsOf(symbols)
          const taken = act([...named.keys()], feed)
          for (const { instrument, reason } of taken.rejected) {
            rejected.push({ symbol: named.get(instrument) ?? instrument, reason })
            named.delete(instrument)
          }
          const names = (ids: Iterable<string>) => Array.from(ids, (one) => named.get(one) ?? one)
          if (verb === "unsubscribe" || wait_ms === 0 || named.size === 0) {
            return yield* replyOf(id, { accepted: names(named.keys()), rejected, pending: [], waited: false })
          }
          // An operator who asks once more doubts the answers that are there.
          const sinceMs = verb === "resubscribe" ? askedMs : 0
          const { accepted, open, refused } = yield* answers(named, feed, wait_ms, sinceMs)
          for (const [instrument, reason] of refused) {
            if (accepted.has(instrument)) continue
            rejected.push({ symbol: named.get(instrument) ?? instrument, reason })
          }
          return yield* replyOf(id, { accepted: names(accepted), rejected, pending: names(open), waited: true })
        })
      })

  return {
    subscribe: command("subscribe", handler.want),
    unsubscribe: command("unsubscribe", handler.unwant),
    resubscribe: command("resubscribe", handler.resubscribe)
  }
}

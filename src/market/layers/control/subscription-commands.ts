import { exchanges } from "../../../kernel/instrument/exchange.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { ControlError, listBytesMax } from "../../../protocol/control/control.ts"
import { type SymbolsReply, SymbolsRequest, symbolsMax } from "../../../protocol/market/subscriptions.ts"
import type { SubscriptionHandler } from "../../ports/subscription-handler.ts"
import type { Command } from "./command-handler.ts"
import { bytesOf, fitting } from "./reply-page.ts"
import { unknownFeed } from "./unknown-feed.ts"

/** How often the records are looked at while a command waits for the fronts' answers. */
const lookMs = 50

/** The commands that change the wanted set. */
export const makeSubscriptionCommands = (options: {
  readonly instance: string
  readonly handler: SubscriptionHandler
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}) => {
  const { instance, handler, nowMs } = options

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
    const rejected: Array<{ symbol: string; reason: string }> = []
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
      for (const { acknowledgedMs, feed, instrumentId, refusal } of handler.records()) {
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

  const command = (verb: string, act: SubscriptionHandler["want"], waits: boolean): Command<typeof SymbolsRequest> => ({
    verb,
    schema: SymbolsRequest,
    bytesMax: listBytesMax,
    refusal: ({ feed, symbols }) => {
      const unknown = unknownFeed(instance, handler.feeds, feed)
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
      ): { reply: SymbolsReply; told: string } => {
        // The names alone fit, since they came in one message; twenty thousand reasons beside them do not.
        const told = rejected.slice(0, fitting(rejected, bytesOf(accepted) + bytesOf(pending)))
        return {
          reply: {
            accepted,
            rejected: told,
            rejected_total: rejected.length,
            pending,
            waited,
            id,
            ts: shanghaiIso(nowMs()),
            instance
          },
          told: `${accepted.length} accepted, ${rejected.length} rejected, ${pending.length} pending`
        }
      }
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
    subscribe: command("subscribe", handler.want, true),
    unsubscribe: command("unsubscribe", handler.unwant, false),
    resubscribe: command("resubscribe", handler.resubscribe, true)
  }
}

import { Clock, Effect, Option } from "effect"
import { marketCommands } from "../../protocol/market/commands.ts"
import { rateLimitReason } from "../../protocol/market/subscriptions.ts"
import { DaemonClient } from "../daemon-client.ts"
import type { FeedQuery } from "./feed-flags.ts"

/** Longest time that a daemon's rate limit may hold the wind-down up, milliseconds. */
const longestMs = 60_000

/**
 * Unsubscribes what a run had added to the daemon's wanted set, in batches, and prints on stderr:
 * `UNSUBSCRIBED N instruments of
 * INSTANCE`.
 * What the daemon holds back is sent again in smaller batches; what is left after a minute is printed too.
 */
export const unsubscribeAdded = Effect.fnUntraced(function* (options: {
  readonly query: Pick<FeedQuery, "batchSize" | "rateLimitRetryDelay">
  readonly instance: string
  readonly symbols: ReadonlyArray<string>
}) {
  const { instance, query, symbols } = options
  const client = yield* DaemonClient
  const waiting: Array<ReadonlyArray<string>> = []
  for (let from = 0; from < symbols.length; from += query.batchSize) {
    waiting.push(symbols.slice(from, from + query.batchSize))
  }
  const untilMs = (yield* Clock.currentTimeMillis) + longestMs
  let left = 0
  let unsubscribed = 0
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const reply = yield* client.command(
      marketCommands.unsubscribe,
      { symbols: batch },
      { reason: Option.some("feed subscribe-all winds down"), timeoutMs: 10_000 }
    )
    unsubscribed += reply.accepted.length
    const held = reply.rejected.flatMap(({ reason, symbol }) => (reason === rateLimitReason ? [symbol] : []))
    if (held.length === 0) continue
    if ((yield* Clock.currentTimeMillis) >= untilMs) {
      left += held.length
      continue
    }
    yield* Effect.sleep(Math.max(50, query.rateLimitRetryDelay * 1000))
    const half = Math.ceil(held.length / 2)
    waiting.unshift(held.slice(0, half), ...(half < held.length ? [held.slice(half)] : []))
  }
  process.stderr.write(`UNSUBSCRIBED ${unsubscribed} instruments of ${instance}\n`)
  if (left > 0) {
    process.stderr.write(
      `NOT UNSUBSCRIBED ${left} instruments: the daemon's rate limit holds them back, try tickd unsubscribe\n`
    )
  }
})

import { Clock, Effect, Option } from "effect"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { marketCommands } from "../../protocol/market/commands.ts"
import { rateLimitReason } from "../../protocol/market/subscriptions.ts"
import { DaemonClient } from "../daemon-client.ts"
import type { FeedQuery } from "./feed-flags.ts"

interface RejectedSymbol {
  readonly symbol: string
  readonly reason: string
  readonly note: string
}

/** One batch as it stands in `batch-NNN.json`. */
export interface BatchRecord {
  readonly index: number
  readonly requested: ReadonlyArray<string>
  readonly accepted: ReadonlyArray<string>
  readonly rejected: ReadonlyArray<{ readonly symbol: string; readonly reason: string }>
  readonly pending: ReadonlyArray<string>
  readonly duration_seconds: number
  readonly ts: string
}

/** How far a run has come, also one that is interrupted. */
export interface BatchesRecord {
  /** Named in a command, whatever came of it. */
  readonly asked: Set<string>
  readonly accepted: Array<string>
  readonly rejected: Array<RejectedSymbol>
  batches: number
}

interface Batch {
  readonly symbols: ReadonlyArray<string>
  readonly tries: number
}

/** Waits until `count` more fit into the own limit: so many symbols within any window. */
const makeLimiter = (windowMs: number, most: number) => {
  let sent: Array<readonly [atMs: number, count: number]> = []
  return Effect.fnUntraced(function* (count: number) {
    if (most === 0) return
    for (;;) {
      const nowMs = yield* Clock.currentTimeMillis
      sent = sent.filter(([atMs]) => nowMs - atMs < windowMs)
      const used = sent.reduce((sum, [, one]) => sum + one, 0)
      // A batch that is larger than the limit goes alone.
      if (used === 0 || used + count <= most) {
        sent.push([nowMs, count])
        return
      }
      yield* Effect.sleep(Math.max(1, windowMs - (nowMs - (sent[0]?.[0] ?? nowMs))))
    }
  })
}

/**
 * Commands the symbols batch by batch and waits for the fronts' answers. What was not answered goes once more in
 * batches of half the size, at most `maxRetries` times; then it is rejected with the reason `timeout`. So is what the
 * daemon's rate limit holds back.
 */
export const subscribeBatches = Effect.fnUntraced(function* (options: {
  readonly query: FeedQuery
  readonly symbols: ReadonlyArray<string>
  readonly record: BatchesRecord
  readonly onBatch: (batch: BatchRecord, done: number) => Effect.Effect<void, UserError>
}) {
  const { query, record } = options
  const client = yield* DaemonClient
  const { accepted, rejected } = record
  const admit = makeLimiter(query.rateLimitWindow * 1000, query.rateLimitMax)
  const waitMs = Math.max(1, Math.round(query.subscribeTimeout * 1000))
  const isLast = (tries: number): boolean => query.maxRetries > 0 && tries > query.maxRetries
  const command = (symbols: ReadonlyArray<string>) =>
    client.command(
      marketCommands.subscribe,
      { symbols, wait_ms: Math.min(waitMs, 60_000) },
      { reason: Option.some("feed subscribe-all"), timeoutMs: waitMs + 5000 }
    )
  const waiting: Array<Batch> = []
  for (let from = 0; from < options.symbols.length; from += query.batchSize) {
    waiting.push({ symbols: options.symbols.slice(from, from + query.batchSize), tries: 0 })
  }
  let failures = 0
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    yield* admit(batch.symbols.length)
    const beganMs = yield* Clock.currentTimeMillis
    for (const symbol of batch.symbols) record.asked.add(symbol)
    const answer = yield* Effect.result(command(batch.symbols))
    if (answer._tag === "Failure") {
      const error = answer.failure
      const isLimited = error instanceof UserError && error.code === "RATE_LIMITED"
      if (!isLimited && ++failures >= query.natsRequestAttempts) return yield* error
      if (isLimited && isLast(batch.tries + 1)) {
        for (const symbol of batch.symbols) {
          rejected.push({ symbol, reason: "Rate limit exceeded", note: "max_rate_limit_retries_exceeded" })
        }
        continue
      }
      yield* Effect.sleep((isLimited ? query.rateLimitRetryDelay : query.natsRequestRetryDelay) * 1000)
      waiting.unshift({ ...batch, tries: isLimited ? batch.tries + 1 : batch.tries })
      continue
    }
    failures = 0
    const reply = answer.success
    accepted.push(...reply.accepted)
    const tries = batch.tries + 1
    const held = reply.rejected.filter(({ reason }) => reason === rateLimitReason)
    for (const one of reply.rejected) if (one.reason !== rateLimitReason) rejected.push({ ...one, note: "refused" })
    if (held.length > 0 && isLast(tries)) {
      for (const one of held) rejected.push({ ...one, note: "max_rate_limit_retries_exceeded" })
    } else if (held.length > 0) {
      yield* Effect.sleep(query.rateLimitRetryDelay * 1000)
      // A request that is larger than the daemon's limit is never let in: in halves it is.
      const symbols = held.map(({ symbol }) => symbol)
      const half = Math.ceil(symbols.length / 2)
      waiting.unshift({ symbols: symbols.slice(0, half), tries })
      if (half < symbols.length) waiting.splice(1, 0, { symbols: symbols.slice(half), tries })
    }
    // A reply has not room for thousands of reasons: a symbol that is rejected without one is sent once more, among
    // fewer.
    if (reply.rejected_total > reply.rejected.length) {
      const named = new Set([...reply.accepted, ...reply.pending, ...reply.rejected.map(({ symbol }) => symbol)])
      waiting.unshift({ symbols: batch.symbols.filter((symbol) => !named.has(symbol)), tries: batch.tries })
    }
    if (reply.pending.length > 0 && isLast(tries)) {
      for (const symbol of reply.pending) {
        rejected.push({ symbol, reason: "timeout", note: "max_timeout_retries_exceeded" })
      }
    } else if (reply.pending.length > 0) {
      const half = Math.max(1, Math.ceil(batch.symbols.length / 2))
      const again: Array<Batch> = []
      for (let from = 0; from < reply.pending.length; from += half) {
        again.push({ symbols: reply.pending.slice(from, from + half), tries })
      }
      waiting.unshift(...again)
    }
    const nowMs = yield* Clock.currentTimeMillis
    yield* options.onBatch(
      {
        index: ++record.batches,
        requested: batch.symbols,
        accepted: reply.accepted,
        rejected: reply.rejected,
        pending: reply.pending,
        duration_seconds: (nowMs - beganMs) / 1000,
        ts: shanghaiIso(nowMs)
      },
      accepted.length + rejected.length
    )
  }
})

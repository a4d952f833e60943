import type { Registry } from "../../actors/registry.ts"
import type { FeedLedger, LedgerBook } from "../application/ledger.ts"
import type { TickQueue } from "../application/tick-queue.ts"
import { maskAccount } from "../domain/account-mask.ts"
import type { LatencyHistogram } from "../domain/latency-histogram.ts"
import { shanghaiIso } from "../domain/shanghai-time.ts"
import type { MarketFront } from "../ports/outbound/market-front.ts"
import type { PublisherCounts } from "../ports/outbound/tick-publisher.ts"
import type { LedgerMessage, StatusMessage } from "../protocol/status.ts"

/** Everything a status is read from. Nothing is kept but the last second's rate. */
export interface StatusSources {
  readonly instance: string
  readonly startedMs: number
  readonly registry: Registry
  readonly books: ReadonlyArray<LedgerBook>
  readonly queue: TickQueue
  readonly latency: LatencyHistogram
  readonly publisher: () => PublisherCounts
  readonly brokerUrl: () => string
  readonly stream: string
  readonly fronts: ReadonlyArray<{
    readonly feed: string
    readonly account: string
    readonly front: MarketFront["Service"]
    readonly workerPid: () => number
  }>
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

export const ledgerMessage = (ledger: FeedLedger): LedgerMessage => ({
  feed: ledger.feed,
  received: ledger.received,
  published: ledger.published,
  quarantined: ledger.quarantined as Record<string, number>,
  quarantined_total: ledger.quarantinedTotal,
  dropped: ledger.dropped as Record<string, number>,
  dropped_total: ledger.droppedTotal,
  in_flight: ledger.inFlightTotal,
  in_flight_at: ledger.inFlight,
  balanced: ledger.balanced
})

/** Ready = streaming and publishing, not merely started. Each reason names what is not. */
const reasonsNotReady = (sources: StatusSources): Array<string> => {
  const reasons: Array<string> = []
  const { link } = sources.publisher()
  if (link !== "up") reasons.push(`broker link ${link}`)
  for (const { feed } of sources.fronts) {
    const state = sources.registry.actor(`session-${feed}`)?.state ?? "not started"
    if (state !== "streaming") reasons.push(`session ${feed} ${state}`)
  }
  return reasons
}

/** Ticks stored a second, over the last interval of at least a second between two readings. */
const makeRate = (sources: StatusSources) => {
  let atMs = sources.monotonicMs()
  let count = 0
  let rate = 0
  return (published: number): number => {
    const nowMs = sources.monotonicMs()
    if (nowMs - atMs >= 1000) {
      rate = ((published - count) * 1000) / (nowMs - atMs)
      atMs = nowMs
      count = published
    }
    return rate
  }
}

export const makeStatus = (sources: StatusSources) => {
  const rate = makeRate(sources)
  const reasons = () => reasonsNotReady(sources)
  const status = (): StatusMessage => {
    const publisher = sources.publisher()
    const notReady = reasons()
    const ledger = sources.books.map((book) => ledgerMessage(book.snapshot()))
    const oldestMs = sources.queue.oldestMs()
    return {
      version: 1,
      instance: sources.instance,
      pid: process.pid,
      ready: notReady.length === 0,
      reasons: notReady,
      uptime_ms: Math.round(sources.nowMs() - sources.startedMs),
      restarts: sources.registry.restarts(),
      ticks_per_second: rate(ledger.reduce((sum, feed) => sum + feed.published, 0)),
      latency_ms: { p50: sources.latency.quantile(0.5) ?? null, p99: sources.latency.quantile(0.99) ?? null },
      queue: {
        depth: sources.queue.depth(),
        capacity: sources.queue.capacity,
        high_water: sources.queue.highWater(),
        oldest_ms: oldestMs === undefined ? 0 : Math.max(0, sources.monotonicMs() - oldestMs)
      },
      broker: {
        link: publisher.link,
        url: sources.brokerUrl(),
        stream: sources.stream,
        resent: publisher.resent,
        errors: publisher.errors,
        reconnects: publisher.reconnects,
        foreign_writes: publisher.foreignWrites,
        oldest_unacked_ms: publisher.oldestUnackedMs
      },
      ledger,
      sessions: sources.fronts.map(({ feed, account, front, workerPid }) => {
        const actor = sources.registry.actor(`session-${feed}`)
        return {
          feed,
          account: maskAccount(account),
          state: actor?.state ?? "not started",
          since: shanghaiIso(actor?.sinceMs ?? sources.startedMs),
          attempts: Number(actor?.context["attempts"] ?? 0),
          trading_day: (actor?.context["tradingDay"] as string | undefined) ?? null,
          last_error: (actor?.context["lastError"] as string | undefined) ?? null,
          api_version: front.apiVersion(),
          worker_pid: workerPid(),
          subscriptions: front.subscriptions()
        }
      }),
      tree: sources.registry.children().map((child) => ({
        path: child.path,
        state: child.state,
        since: shanghaiIso(child.sinceMs),
        restarts: child.restarts,
        last_reason: child.lastReason ?? null
      }))
    }
  }
  return { status, reasons }
}

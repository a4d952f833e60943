import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { registryReport } from "../../../../actors/runtime/registry-report.ts"
import { maskAccount } from "../../../kernel/instrument/account-mask.ts"
import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { projectVersion } from "../../../platform/process/project-version.ts"
import type { StallCounts } from "../../../platform/process/stall-watchdog.ts"
import type { FailoverMessage } from "../../../protocol/market/failover.ts"
import type { LedgerMessage, SpoolUnusedMessage, StatusMessage } from "../../../protocol/market/status.ts"
import type { FeedLedger, TickLedger } from "../../application/intake/ledger.ts"
import type { TickQueue } from "../../application/intake/tick-queue.ts"
import type { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { Waiting } from "../causes/wait-board.ts"
import type { FeedLine } from "../feeds/feed-line.ts"
import type { HealthCounts } from "../health/health.ts"
import type { makeReadiness } from "./readiness.ts"
import { type SpoolState, spoolMessage } from "./status-spool.ts"

/** Everything a status is read from. Nothing is kept but the last second's rate. */
export interface StatusSources {
  readonly instance: string
  readonly startedMs: number
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "sessions">
  readonly ledgers: ReadonlyArray<TickLedger>
  readonly queue: TickQueue
  readonly latency: LatencyHistogram
  readonly publisher: () => PublisherCounts
  /** Epoch of this writer once it has one, and why it has lost it. */
  readonly fence?: { readonly epoch: () => number | undefined; readonly lost: () => string | undefined }
  readonly readiness: Pick<ReturnType<typeof makeReadiness>, "reasons" | "feeds">
  readonly brokerUrl: () => string
  /** Parts that do not work now and are tried again. */
  readonly waiting?: () => ReadonlyArray<Waiting>
  readonly stream: string
  /** Where there is a spool. */
  readonly spool?: (() => SpoolState) | undefined
  /** Where there is none, and an earlier run left ticks in one. */
  readonly spoolUnused?: SpoolUnusedMessage | undefined
  /** Integrity events: waiting for the broker, stored, dropped because too many waited, omitted in a storm. */
  readonly integrity?: () => {
    readonly waiting: number
    readonly stored: number
    readonly dropped: number
    readonly omitted: number
  }
  /** Stalled instruments and repairs of a feed; undefined: not looked at. */
  readonly health?: ((feed: string) => HealthCounts) | undefined
  /** Where there are two feeds. */
  readonly failover?: (() => FailoverMessage) | undefined
  readonly stalls: () => StallCounts
  readonly feeds: ReadonlyArray<Pick<FeedLine, "feed" | "userId" | "ctp" | "asking" | "gate">>
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

export const ledgerMessage = (ledger: FeedLedger): LedgerMessage => ({
  feed: ledger.feed,
  received: ledger.received,
  published: ledger.published,
  duplicate: ledger.duplicate,
  quarantined: ledger.quarantined as Record<string, number>,
  quarantined_total: ledger.quarantinedTotal,
  conflated: ledger.conflated,
  dropped: ledger.dropped as Record<string, number>,
  dropped_total: ledger.droppedTotal,
  in_flight: ledger.inFlightTotal,
  in_flight_at: ledger.inFlight,
  flagged: ledger.flagged as Record<string, number>,
  beyond_calendar: ledger.beyondCalendar,
  time_repaired: ledger.timeRepaired,
  spooled: ledger.spooled,
  exceptions: ledger.exceptions,
  clock_offset_ms: ledger.clockOffsetMs,
  balanced: ledger.balanced
})

const waitingMessage = (waiting: Waiting, { nowMs, monotonicMs }: Pick<StatusSources, "nowMs" | "monotonicMs">) => ({
  part: waiting.part,
  blocks: waiting.blocks,
  code: waiting.code,
  message: waiting.message,
  since: shanghaiIso(nowMs() - (monotonicMs() - waiting.sinceMs)),
  attempts: waiting.attempts
})

const subscriptionMessage = (subscriptions: Subscriptions, health: HealthCounts | undefined) => {
  const { wanted, acknowledged, rejected, missing } = subscriptions.totals()
  return {
    wanted,
    acknowledged,
    rejected,
    missing,
    ticking: health?.ticking ?? 0,
    stalled: health?.stalled ?? 0,
    stalled_main: health?.stalledMain ?? 0,
    silent_ms: health?.silentMs ?? 0,
    late_ms: health?.lateMs ?? 0,
    escalations: health?.escalations ?? 0,
    per_second: subscriptions.pace(),
    rate_limit_hits: { ...subscriptions.hits.read() }
  }
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

export const makeStatus = (sources: StatusSources): (() => StatusMessage) => {
  const rate = makeRate(sources)
  const beganMs = sources.monotonicMs()
  const { readiness } = sources
  const status = (): StatusMessage => {
    const publisher = sources.publisher()
    const notReady = readiness.reasons()
    const feeds = readiness.feeds()
    const ledger = sources.ledgers.map((ledger) => ledgerMessage(ledger.snapshot()))
    const oldestMs = sources.queue.oldestMs()
    const fenced = sources.fence?.lost()
    const failover = sources.failover?.()
    const stalls = sources.stalls()
    return {
      version: 1,
      instance: sources.instance,
      tickd_version: projectVersion,
      pid: process.pid,
      ready: notReady.length === 0,
      reasons: notReady,
      feeds: { meant: feeds.meant, sound: feeds.sound, troubled: feeds.troubled },
      ...(sources.waiting !== undefined && { waiting: sources.waiting().map((each) => waitingMessage(each, sources)) }),
      uptime_ms: Math.round(sources.monotonicMs() - beganMs),
      ...registryReport(sources.registry),
      ticks_per_second: rate(ledger.reduce((sum, feed) => sum + feed.published, 0)),
      latency_ms: { p50: sources.latency.quantile(0.5) ?? null, p99: sources.latency.quantile(0.99) ?? null },
      queue: {
        depth: sources.queue.depth(),
        capacity: sources.queue.capacity,
        policy: sources.queue.policy,
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
        oldest_unacked_ms: publisher.oldestUnackedMs,
        ...(sources.fence !== undefined && { epoch: sources.fence.epoch() ?? null }),
        ...(fenced !== undefined && { fenced })
      },
      ledger,
      ...(sources.spool === undefined ? {} : { spool: spoolMessage(sources.spool(), sources.nowMs()) }),
      ...(sources.spoolUnused === undefined ? {} : { spool_unused: sources.spoolUnused }),
      ...(sources.integrity === undefined ? {} : { integrity: sources.integrity() }),
      ...(failover !== undefined && { failover }),
      sessions: sources.feeds.map(({ feed, userId, ctp, asking, gate }) => {
        const session = sources.states.sessions.get(feed)
        const held = !gate.isOpen()
        return {
          feed,
          account: maskAccount(userId),
          ...(failover !== undefined && { role: failover.active === feed ? "active" : held ? "off" : "standby" }),
          state: session?.state ?? (held ? "held back" : "not started"),
          since: shanghaiIso(session?.sinceMs ?? sources.startedMs),
          attempts: session?.attempts ?? 0,
          trading_day: session?.tradingDay ?? null,
          last_error: session?.lastError ?? null,
          api_version: ctp.front.apiVersion(),
          worker_pid: ctp.workerPid(),
          subscriptions: subscriptionMessage(asking.subscriptions, sources.health?.(feed))
        }
      }),
      event_loop: { stalls: stalls.stalls, longest_ms: stalls.longestMs, recent_ms: stalls.recentMs }
    }
  }
  return status
}

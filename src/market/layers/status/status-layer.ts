import { Context, Effect, Layer } from "effect"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { Failover } from "../failover/failover-layer.ts"
import { Integrity } from "../integrity/integrity-layer.ts"
import {
  BrokerLinks,
  Causes,
  DaemonRegistry,
  FeedLines,
  Health,
  Host,
  Settings,
  States,
  TickBuffers
} from "../lowest.ts"
import { Publish } from "../publish/publish-layer.ts"
import { makeStatus } from "./daemon-status.ts"
import { Readiness } from "./readiness-layer.ts"

/** What `/status`, `tickd status` and the metrics show. */
export class Status extends Context.Service<Status, { readonly read: () => StatusMessage }>()("tickd/market/Status") {}

export const statusLayer = Layer.effect(
  Status,
  Effect.gen(function* () {
    const { instance, tick } = yield* Settings
    const { nowMs, monotonicMs, spoolUnused, stalls } = yield* Host
    const { url } = yield* BrokerLinks
    const { latency, queue } = yield* TickBuffers
    const { feeds } = yield* FeedLines
    const { board } = yield* Causes
    const { counts, fence, spool } = yield* Publish
    const { feedSwitch } = yield* Failover
    const integrity = yield* Integrity
    const health = yield* Health
    return {
      read: makeStatus({
        instance,
        startedMs: nowMs(),
        registry: yield* DaemonRegistry,
        states: yield* States,
        readiness: yield* Readiness,
        ledgers: feeds.map(({ ledger }) => ledger),
        queue,
        latency,
        publisher: counts,
        fence,
        health: health.counts,
        failover: feedSwitch?.status,
        brokerUrl: url,
        waiting: () => board.list(),
        stream: tick.stream,
        integrity: integrity.counts,
        spool: spool?.spoolCounts,
        spoolUnused,
        stalls,
        feeds,
        nowMs,
        monotonicMs
      })
    }
  })
)

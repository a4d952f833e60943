import type { RestartRecord } from "../../../../actors/runtime/supervisor-history.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { StallCounts } from "../../../platform/process/stall-watchdog.ts"
import type { EventLoopMessage, RestartMessage } from "../../../protocol/market/status.ts"

export const restartMessages = (records: ReadonlyArray<RestartRecord>): ReadonlyArray<RestartMessage> =>
  records.map((record) => ({
    at: shanghaiIso(record.atMs),
    path: record.path,
    how: record.how,
    reason: record.reason,
    chain: record.chain,
    last_state: record.lastState,
    served_ms: record.servedMs,
    restarts: record.restarts,
    restarts_max: record.restartsMax,
    period_ms: record.periodMs,
    next: record.next
  }))

export const eventLoopMessage = (counts: StallCounts): EventLoopMessage => ({
  stalls: counts.stalls,
  longest_ms: counts.longestMs,
  recent_ms: counts.recentMs
})

import type { SpoolMessage } from "../../../protocol/market/status.ts"
import type { SpoolCounts } from "../../ports/tick-spool.ts"

export type SpoolState = SpoolCounts & { readonly engaged: boolean; readonly recovered: number }

/** The spool as the status shows it. `nowMs`: epoch milliseconds. */
export const spoolMessage = (spool: SpoolState, nowMs: number): SpoolMessage => ({
  engaged: spool.engaged,
  ticks: spool.ticks,
  bytes: spool.bytes,
  bound_bytes: spool.boundBytes,
  oldest_ms: spool.oldestReceivedMs === undefined ? 0 : Math.max(0, nowMs - spool.oldestReceivedMs),
  recovered: spool.recovered,
  dropped: spool.dropped,
  superseded: spool.superseded,
  cut_bytes: spool.cutBytes,
  errors: spool.errors,
  trouble: spool.trouble ?? null
})

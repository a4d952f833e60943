import { Effect } from "effect"
import { metricHead } from "../../../kernel/metric.ts"
import { backupMetrics } from "../../domain/metrics/runbook-metrics.ts"
import { postMetrics } from "./post-metrics.ts"

const name = "md_backup_last_success_timestamp_seconds"

/**
 * Pushes the time of a backup that was read back. Fails with the reason, as text: the backup stands all the same.
 * @param job market and trading of one machine have one each
 */
export const pushBackup = (pushgatewayUrl: string, job: string, madeMs: number): Effect.Effect<void, string> =>
  postMetrics(pushgatewayUrl, job, `${metricHead(name, backupMetrics[name])}${name} ${Math.floor(madeMs / 1000)}\n`)

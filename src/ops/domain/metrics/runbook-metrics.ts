import { type MetricSection, metricTable } from "../../../kernel/metric.ts"

/** What a runbook pushes of a run, as gauges: the Pushgateway keeps the last value. */
export const runbookMetrics = metricTable({
  md_runbook_exit_code: {
    type: "gauge",
    en: "Exit code of the last runbook",
    zh: "最近一次 runbook 的退出码"
  },
  md_failover_latency_ms: {
    type: "gauge",
    unit: "milliseconds",
    isRunbookName: true,
    en: "Time from the failover command of the last run to the first valid tick of its feed, milliseconds",
    zh: "最近一次运行中从切换命令到新源第一条有效行情的时间"
  },
  md_failback_latency_ms: {
    type: "gauge",
    unit: "milliseconds",
    isRunbookName: true,
    en: "Time from the failback command of the last run to the first valid tick of its feed, milliseconds",
    zh: "最近一次运行中从切回命令到新源第一条有效行情的时间"
  },
  md_session_startup_duration_s: {
    type: "gauge",
    unit: "seconds",
    isRunbookName: true,
    en: "Time that the last start took, seconds",
    zh: "最近一次启动的耗时"
  },
  md_drill_last_success_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970",
    en: "End of the last failover drill that succeeded: both switches were proven, and primary is active again",
    zh: "最近一次成功的故障演练的结束时刻：两次切换均已证明，并已切回主源"
  },
  md_t5_checkpoint_status: {
    type: "gauge",
    en: "1 when the last checkpoint before the opening passed in time, else 0",
    zh: "最近一次开盘前检查按时通过为 1，否则为 0"
  }
})

/** Of `tickd backup create --verify`. A job of its own: what a runbook pushed last must not look newer than it is. */
export const backupMetrics = metricTable({
  md_backup_last_success_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970",
    en: "Time of the newest backup that was made and read back without a fault",
    zh: "最近一份制作并完整读回、未发现问题的备份的时刻"
  }
})

export type RunbookMetric = keyof typeof runbookMetrics

export const opsMetrics: ReadonlyArray<MetricSection> = [
  { at: "pushed", title: { en: "Runbooks, job `runbook`", zh: "Runbook，job 为 `runbook`" }, metrics: runbookMetrics },
  { at: "pushed", title: { en: "Backups, job `backup`", zh: "备份，job 为 `backup`" }, metrics: backupMetrics }
]

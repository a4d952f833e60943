import { daemon, noLimit, type Row, zeroIsRight } from "../panel.ts"

export const tree: Row = {
  title: { en: "Supervision tree", zh: "监督树" },
  panels: [
    {
      kind: "bars",
      title: { en: "Restarts, 1 h", zh: "重启次数，1 小时" },
      about: {
        en: "Restarts of each child within an hour. Orange from 1; from 5 in five minutes MD_Restart_Storm fires.",
        zh: "一小时内各子任务的重启次数。1 起为橙色；五分钟内超过 5 次时 MD_Restart_Storm 告警。"
      },
      unit: "short",
      steps: ["green", [0.5, "orange"], [5, "red"]],
      queries: [{ expr: "topk(12, sum by (child) (increase(md_child_restarts_total[1h])))", legend: "{{child}}" }]
    },
    {
      kind: "rows",
      title: { en: "Waiting parts", zh: "等待中的部分" },
      about: {
        en: "Parts that have failed and are tried again, with the code of the cause: docs/reference/causes.md.",
        zh: "失败后正在重试的部分及其原因代码：见 docs/reference/causes.md。"
      },
      unit: "none",
      steps: ["orange"],
      queries: [{ expr: "sum by (instance, part, code) (md_waiting)", legend: "waiting" }],
      mayBeEmpty: { en: "nothing waits while all is well", zh: "一切正常时没有等待的部分" }
    },
    {
      kind: "trend",
      title: { en: "Uptime", zh: "运行时间" },
      about: {
        en: "Time since the daemon was started. A tooth is a restart of the whole process.",
        zh: "守护进程启动至今的时间。锯齿即整个进程的重启。"
      },
      unit: "s",
      steps: noLimit,
      queries: [{ expr: `time() - process_start_time_seconds{${daemon}}`, legend: "{{instance}}" }]
    },
    {
      kind: "rows",
      title: { en: "Versions", zh: "版本" },
      about: {
        en: "Version of tickd and of Node. Two versions of one daemon are a change that has not ended.",
        zh: "tickd 与 Node 的版本。同一守护进程有两个版本即变更尚未完成。"
      },
      unit: "none",
      steps: noLimit,
      queries: [{ expr: "max by (instance, version, node) (tickd_build_info)", legend: "up" }],
      width: 12,
      height: 5
    },
    {
      kind: "trend",
      title: { en: "Log lines dropped, 5 m", zh: "丢弃的日志行，5 分钟" },
      about: {
        en: "Lines that could not be written: stdout is full, closed or slow.",
        zh: "无法写出的日志行：标准输出已满、关闭或过慢。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [{ expr: "increase(md_log_lines_dropped_total[5m])", legend: "{{instance}}" }],
      width: 12,
      height: 5
    },
    {
      kind: "trend",
      title: { en: "Telemetry readers cut, spans dropped, 5 m", zh: "断开的遥测读者与丢弃的 span，5 分钟" },
      about: {
        en: "Connections to the metrics ports that were ended: slow for 10 s, or the oldest of more than 64. And trace spans that no collector took.",
        zh: "被断开的指标端口连接：10 秒内未读完，或超过 64 个连接时最早的一个；以及未被采集器接收的 span。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        { expr: "increase(md_telemetry_readers_cut_total[5m])", legend: "{{reason}} {{instance}}" },
        { expr: "increase(md_trace_spans_dropped_total[5m])", legend: "spans {{instance}}" }
      ],
      width: 12,
      height: 5
    }
  ]
}

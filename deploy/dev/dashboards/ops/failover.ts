import { noLimit, ofAccount, ofFeed, type Row, runbook } from "../panel.ts"

const yesIsBad = {
  unit: "none",
  steps: ["green", [1, "red"]],
  texts: { 0: [{ en: "no", zh: "否" }, "green"], 1: [{ en: "yes", zh: "是" }, "red"] }
} as const

export const failover: Row = {
  title: { en: "Feeds and failover", zh: "行情源与切换" },
  panels: [
    {
      kind: "states",
      title: { en: "Active feed", zh: "当前源历史" },
      about: {
        en: "Which feed was active. A daemon with one feed has no band.",
        zh: "各时刻的当前源。单源的守护进程没有色带。"
      },
      unit: "none",
      steps: ["grey", [1, "green"]],
      texts: { 0: [{ en: "standby", zh: "备用" }, "grey"], 1: [{ en: "active", zh: "当前" }, "green"] },
      queries: [{ expr: `md_feed_active{${ofFeed}}`, legend: "{{feed}}" }],
      mayBeEmpty: { en: "a daemon with one feed has none to choose from", zh: "单源的守护进程无源可选" }
    },
    {
      kind: "trend",
      title: { en: "Failover Latency", zh: "切换延迟" },
      about: {
        en: "Time from the newest switch command to the first valid tick, by the daemon and as the runbook pushed it. Orange from 2,000 ms; from 5,000 ms an alert fires. 0 before the first switch.",
        zh: "最近一次切换从命令到第一条有效行情的时间：守护进程所测与 runbook 所推送。2,000 毫秒起为橙色，5,000 毫秒起告警；首次切换前为 0。"
      },
      unit: "ms",
      steps: ["green", [2000, "orange"], [5000, "red"]],
      queries: [
        { expr: `md_failover_latency_ms{job!="runbook"}`, legend: "failover · 切换" },
        { expr: `md_failback_latency_ms{job!="runbook"}`, legend: "failback · 切回" },
        { expr: `md_failover_latency_ms{${runbook}}`, legend: "failover, runbook" },
        { expr: `md_failback_latency_ms{${runbook}}`, legend: "failback, runbook" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Switches", zh: "切换次数" },
      about: {
        en: "Finished switches within an hour by direction, cause and result. A rolled back one is to be explained.",
        zh: "一小时内结束的切换，按方向、起因与结果。回退的切换须查明原因。"
      },
      unit: "short",
      steps: ["blue"],
      queries: [
        {
          expr: "sum by (kind, cause, result) (increase(md_feed_switches_total[1h])) > 0",
          legend: "{{kind}} {{cause}} {{result}}"
        }
      ],
      mayBeEmpty: { en: "no switch within the last hour", zh: "最近一小时没有切换" }
    },
    {
      ...yesIsBad,
      kind: "now",
      title: { en: "Failover required", zh: "需要切换" },
      about: {
        en: "The active feed delivers no ticks in trading hours and no switch is running: section 4 of the runbook.",
        zh: "交易时间内当前源没有行情且没有切换在进行：见 runbook 第 4 节。"
      },
      queries: [{ expr: "feed_failover_required", legend: "{{instance}}" }],
      width: 6,
      height: 4
    },
    {
      ...yesIsBad,
      kind: "now",
      title: { en: "Redundancy lost", zh: "失去冗余" },
      about: {
        en: "Fewer feeds than configured work, so that the next loss is an outage.",
        zh: "可用的源少于配置数，再失去一路即中断。"
      },
      queries: [{ expr: "md_redundancy_lost", legend: "{{instance}}" }],
      width: 6,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Switches held", zh: "禁止自动切换" },
      about: {
        en: "An operator's hold forbids automatic switches. Release it with `tickd failover-release`.",
        zh: "运维人员禁止了自动切换，可用 `tickd failover-release` 解除。"
      },
      unit: "none",
      steps: ["green", [1, "orange"]],
      texts: { 0: [{ en: "no", zh: "否" }, "green"], 1: [{ en: "held", zh: "已禁止" }, "orange"] },
      queries: [{ expr: "md_failover_held", legend: "{{instance}}" }],
      width: 6,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Repairs without effect, 1 h", zh: "无效修复，1 小时" },
      about: {
        en: "Repairs of silent instruments that tried every step without effect within an hour.",
        zh: "一小时内试过全部步骤仍无效的修复次数。"
      },
      unit: "short",
      steps: ["green", [1, "red"]],
      queries: [
        {
          expr: `sum by (feed) (increase(md_repair_escalations_total{${ofAccount}}[1h]))`,
          legend: "{{feed}}"
        }
      ],
      width: 6,
      height: 4
    },
    {
      kind: "rows",
      title: { en: "Fronts", zh: "前置" },
      about: {
        en: "Address of the front that each feed is connected to. Two feeds on one front fail together.",
        zh: "各源当前连接的前置地址。两路源连到同一前置会同时失效。"
      },
      unit: "none",
      steps: noLimit,
      queries: [{ expr: `max by (feed, front) (md_feed_front_info{${ofFeed}})`, legend: "connected" }],
      mayBeEmpty: { en: "no session is connected", zh: "没有会话处于连接状态" },
      height: 5
    },
    {
      kind: "now",
      title: { en: "Feeds proven, days ago", zh: "距上次接管验证，天" },
      about: {
        en: "Time since each feed took over in a drill or a failover and delivered ticks. Orange from 7 days: a backup that was not proven for a week may not work.",
        zh: "各源上次在演练或切换中接管并送出行情至今的天数。7 天起为橙色：一周未验证的备源未必可用。"
      },
      unit: "d",
      steps: ["green", [7, "orange"]],
      queries: [
        { expr: `(time() - max by (feed) (md_feed_proven_timestamp_seconds{${ofFeed}})) / 86400`, legend: "{{feed}}" }
      ],
      mayBeEmpty: { en: "no switch since the daemon was started", zh: "守护进程启动后尚无切换" },
      height: 5
    },
    {
      kind: "now",
      title: { en: "Last drill, days ago", zh: "距上次演练，天" },
      about: {
        en: "Time since the last failover drill that succeeded. Drills are weekly: orange from 8 days, red from 15.",
        zh: "距上次成功的故障演练的天数。演练每周一次：8 天起为橙色，15 天起为红色。"
      },
      unit: "d",
      steps: ["green", [8, "orange"], [15, "red"]],
      queries: [{ expr: "(time() - md_drill_last_success_timestamp_seconds) / 86400", legend: "{{instance}}" }],
      mayBeEmpty: { en: "no drill has succeeded on this machine yet", zh: "本机尚无成功的演练" },
      height: 5
    }
  ]
}

import { noLimit, type Row, runbook, zeroIsRight } from "../panel.ts"

export const runbooks: Row = {
  title: { en: "Runbooks", zh: "Runbook" },
  panels: [
    {
      kind: "trend",
      title: { en: "Runbook exit codes", zh: "Runbook 退出码历史" },
      about: {
        en: "Exit code of the last run at each time, of each machine. 0 is right; the codes are in docs/reference/runbook-codes.md.",
        zh: "各机器各时刻最近一次运行的退出码。正常为 0；各码见 docs/reference/runbook-codes.md。"
      },
      unit: "none",
      steps: zeroIsRight,
      queries: [{ expr: `md_runbook_exit_code{${runbook}}`, legend: "{{instance}}" }]
    },
    {
      kind: "now",
      title: { en: "T-5 checkpoint", zh: "开盘前检查" },
      about: {
        en: "Whether the last checkpoint passed before 08:55 or 20:55.",
        zh: "最近一次检查是否在 08:55 或 20:55 前通过。"
      },
      unit: "none",
      steps: ["red", [1, "green"]],
      texts: { 0: [{ en: "failed", zh: "未通过" }, "red"], 1: [{ en: "passed", zh: "通过" }, "green"] },
      queries: [{ expr: `md_t5_checkpoint_status{${runbook}}`, legend: "{{instance}}" }],
      mayBeEmpty: { en: "no checkpoint has run on this machine yet", zh: "本机尚未运行开盘前检查" },
      width: 4
    },
    {
      kind: "now",
      title: { en: "Startup duration", zh: "启动耗时" },
      about: {
        en: "Time from the command to ready of the last start. Red from 300 s: it must be over well before the opening.",
        zh: "最近一次启动从命令到就绪的时间。300 秒起为红色：须在开盘前早早完成。"
      },
      unit: "s",
      steps: ["green", [60, "orange"], [300, "red"]],
      queries: [{ expr: `md_session_startup_duration_s{${runbook}}`, legend: "{{instance}}" }],
      width: 4
    },
    {
      kind: "trend",
      title: { en: "Age of the last push", zh: "距上次推送" },
      about: {
        en: "Time since the last push of each job. Every session has a checkpoint, so the job `runbook` is never older than 12 hours in trading hours.",
        zh: "各 job 距上次推送的时间。每个交易时段都有检查，因此交易时间内 runbook 不应超过 12 小时。"
      },
      unit: "s",
      steps: ["green", [43_200, "orange"]],
      queries: [{ expr: "time() - push_time_seconds", legend: "{{job}} {{instance}}" }]
    }
  ]
}

export const accounts: Row = {
  title: { en: "Account drilldown", zh: "账户明细" },
  panels: [
    {
      kind: "rows",
      title: { en: "Accounts", zh: "账户" },
      about: {
        en: "One row for each feed and masked account. Choose one above to narrow every panel of this dashboard.",
        zh: "每行为一个行情源与遮盖后的账户。在上方选择即可将本页全部面板限定于它。"
      },
      unit: "short",
      steps: noLimit,
      queries: [
        ["md_active_subscriptions", "subscribed · 已订阅"],
        ["md_subscription_missing", "missing · 缺失"],
        ["md_subscription_stalled", "stalled · 静默"],
        ["md_feed_silent_seconds", "silent s · 静默秒"],
        ["md_feed_late_seconds", "late s · 滞后秒"]
      ].map(([metric = "", legend = ""]) => ({
        expr: `max by (feed, account) (${metric}{role!="",feed=~"$feed",account=~"$account"})`,
        legend
      })),
      width: 24,
      height: 6
    },
    {
      kind: "states",
      title: { en: "Session state", zh: "会话状态" },
      about: {
        en: "State of each session's machine. `streaming` is right in trading hours, `resting` outside them.",
        zh: "各会话状态机的状态。交易时间内应为 streaming，休市为 resting。"
      },
      unit: "none",
      steps: ["green"],
      texts: { 1: [{ en: "now", zh: "当前" }, "green"] },
      queries: [
        {
          expr: `md_session_state{feed=~"$feed",account=~"$account"}`,
          legend: "{{feed}} {{account}} {{state}}"
        }
      ],
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Rate limit hits by session", zh: "各时段限流次数" },
      about: {
        en: "Requests held back within an hour, by feed, account and session.",
        zh: "一小时内被限流的请求数，按行情源、账户与时段。"
      },
      unit: "short",
      steps: ["green", [1, "orange"]],
      queries: [
        {
          expr: `sum by (feed, account, session_window) (increase(md_rate_limit_hits_total{job="subscription-worker",feed=~"$feed",account=~"$account",session_window=~"$session"}[1h]))`,
          legend: "{{feed}} {{account}} {{session_window}}"
        }
      ],
      width: 12
    }
  ]
}

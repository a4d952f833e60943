import { daemon, ofAccount, ofFeed, ofSession, type Row, runbook, worker, zeroIsRight } from "../panel.ts"

/** What the runbook looks at first, in section 1.5: throughput, coverage, rate limits. */
export const now: Row = {
  title: { en: "Now", zh: "当前" },
  panels: [
    {
      kind: "now",
      title: { en: "Feed Source", zh: "当前行情源" },
      about: {
        en: "The feed whose ticks are published, and its masked account. It changes at the first reading after a switch.",
        zh: "正在发布其行情的源及其遮盖后的账户，切换后的下一次读取即更新。"
      },
      unit: "none",
      steps: ["blue"],
      queries: [{ expr: "max by (feed, account) (md_throughput_mps)", legend: "{{feed}} {{account}}" }],
      isNameShown: true,
      width: 6,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Subscription Coverage", zh: "订阅覆盖率" },
      about: {
        en: "Share of the wanted instruments that the front of the active feed acknowledged. Green from 99.5 %, the gate of the start; the target is 100 %.",
        zh: "当前源前置已确认的合约占想要合约的比例。达到 99.5%（启动门槛）为绿色；目标 100%。"
      },
      unit: "percentunit",
      steps: ["red", [0.9, "orange"], [0.995, "green"]],
      queries: [
        {
          expr: `md_subscription_coverage_ratio{${worker},${ofSession}}`,
          legend: "{{feed}} {{session_window}}"
        }
      ],
      width: 6,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Rate Limit Incidents, 1 h", zh: "限流次数，1 小时" },
      about: {
        en: "Requests that a rate limit held back within an hour. 0 is right; orange from 1, red from 60, the pace of the alert.",
        zh: "一小时内被限流的请求数。正常为 0；1 起为橙色，60（告警的频度）起为红色。"
      },
      unit: "short",
      steps: ["green", [1, "orange"], [60, "red"]],
      queries: [{ expr: `sum(increase(md_rate_limit_hits_total{${worker},${ofSession}}[1h]))`, legend: "held back" }],
      width: 4,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Runbook Exit", zh: "Runbook 退出码" },
      about: {
        en: "Exit code of the last runbook of each machine. 0 is green; 47, a refused drill, is orange; all others are red.",
        zh: "各机器最近一次 runbook 的退出码。0 为绿色；47（演练被拒绝）为橙色；其余为红色。"
      },
      unit: "none",
      steps: zeroIsRight,
      texts: { 47: [{ en: "47 refused", zh: "被拒绝" }, "orange"] },
      queries: [{ expr: `md_runbook_exit_code{${runbook}}`, legend: "{{instance}}" }],
      width: 4,
      height: 4
    },
    {
      kind: "now",
      title: { en: "Ready", zh: "就绪" },
      about: {
        en: "Whether the daemon streams and publishes. A closed market is no fault: see Market hours below.",
        zh: "守护进程是否正在收取并发布行情。休市不是故障：见下方交易时间。"
      },
      unit: "none",
      steps: ["red", [1, "green"]],
      texts: { 0: [{ en: "not ready", zh: "未就绪" }, "red"], 1: [{ en: "ready", zh: "就绪" }, "green"] },
      queries: [{ expr: `md_ready{${daemon}}`, legend: "{{instance}}" }],
      width: 4,
      height: 4
    },
    {
      kind: "trend",
      title: { en: "Throughput mps", zh: "吞吐" },
      about: {
        en: "Ticks stored a second, of the active feed. The line at 5,000 is the target at peak; outside trading hours the value is near 0.",
        zh: "当前源每秒存入的行情数。5,000 处的横线为峰值目标；休市时接近 0。"
      },
      unit: "short",
      steps: ["red", [5000, "green"]],
      queries: [{ expr: `md_throughput_mps{${ofAccount}}`, legend: "{{feed}} {{account}}" }],
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Latency p99", zh: "延迟 99 分位" },
      about: {
        en: "Time from the vendor's callback to the stream's acknowledgement that 99 % of the ticks stay below, last 30 to 60 s. The objective is 300 ms.",
        zh: "从期货公司库回调到流确认的 99 分位，最近 30 到 60 秒。目标 300 毫秒以内。"
      },
      unit: "ms",
      steps: ["green", [300, "red"]],
      queries: [{ expr: `md_latency_ms_p99{${ofFeed}}`, legend: "{{feed}}" }],
      width: 12
    },
    {
      kind: "states",
      title: { en: "Market hours, readiness, NATS", zh: "交易时间、就绪、NATS" },
      about: {
        en: "Trading hours by the daemon's own calendar, whether it is ready, and whether its link to NATS is up.",
        zh: "按守护进程自身日历的交易时间、是否就绪、与 NATS 的连接是否正常。"
      },
      unit: "none",
      steps: ["orange", [1, "green"]],
      texts: { 0: [{ en: "no", zh: "否" }, "orange"], 1: [{ en: "yes", zh: "是" }, "green"] },
      queries: [
        { expr: "md_trading", legend: "trading · 交易中" },
        { expr: "md_ready", legend: "ready · 就绪" },
        { expr: "md_broker_link_up", legend: "NATS" }
      ],
      width: 16,
      height: 6
    },
    {
      kind: "rows",
      title: { en: "Trading sections", zh: "交易节" },
      about: {
        en: "Opening and end of the section that trades now and of those that follow, by the daemon's own calendar.",
        zh: "当前及其后各交易节的开市与结束时刻，以守护进程自身的日历为准。"
      },
      unit: "dateTimeAsIso",
      steps: ["blue"],
      queries: [
        { expr: "1000 * max by (section) (md_section_open_timestamp_seconds)", legend: "opens · 开市" },
        { expr: "1000 * max by (section) (md_section_close_timestamp_seconds)", legend: "ends · 结束" }
      ],
      mayBeEmpty: {
        en: "with TICKD_MARKET_HOURS=always there is no section",
        zh: "TICKD_MARKET_HOURS=always 时没有交易节"
      },
      height: 6
    }
  ]
}

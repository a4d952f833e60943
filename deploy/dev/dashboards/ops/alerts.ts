import { type Row, zeroIsRight } from "../panel.ts"

export const alerts: Row = {
  title: { en: "Alerts and errors", zh: "告警与错误" },
  panels: [
    {
      kind: "rows",
      title: { en: "Firing alerts", zh: "正在触发的告警" },
      about: {
        en: "Alerts that fire now. Each has a page in docs/runbooks whose first line is what to do.",
        zh: "正在触发的告警。各有 docs/runbooks 中的一页，首行即处理方法。"
      },
      unit: "none",
      steps: ["red"],
      queries: [
        {
          expr: `sum by (alertname, severity, feed, instance) (ALERTS{alertstate="firing",alertname!="MD_Watchdog"})`,
          legend: "firing"
        }
      ],
      mayBeEmpty: { en: "no alert fires while all is well", zh: "一切正常时没有告警" },
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Alerts over time", zh: "告警历史" },
      about: {
        en: "Number of firing alerts by severity. The dead-man's switch MD_Watchdog is the line at 1 that must never end.",
        zh: "正在触发的告警数，按级别。MD_Watchdog 恒为 1，该线不得中断。"
      },
      unit: "short",
      steps: ["green"],
      queries: [{ expr: `count by (severity) (ALERTS{alertstate="firing"})`, legend: "{{severity}}" }],
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Errors", zh: "错误" },
      about: {
        en: "Faults within five minutes by component. `publisher` critical costs ticks. Anything above 0 is to be explained.",
        zh: "五分钟内的错误数，按组件。publisher（critical）会丢失行情。大于 0 即须查明原因。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        {
          expr: "sum by (component, severity) (increase(md_error_count_total[5m]))",
          legend: "{{component}} {{severity}}"
        }
      ]
    },
    {
      kind: "trend",
      title: { en: "Rate Limit Incidents", zh: "限流" },
      about: {
        en: "Requests held back within five minutes, by limit. MD_Rate_Limit_Spike fires after ten minutes above 5.",
        zh: "五分钟内被限流的请求数，按限流种类。持续十分钟大于 5 时 MD_Rate_Limit_Spike 告警。"
      },
      unit: "short",
      steps: ["green", [5, "orange"]],
      queries: [
        {
          expr: `sum by (feed, limit) (increase(md_rate_limit_hits_total{feed=~"$feed",account=~"$account",limit!=""}[5m]))`,
          legend: "{{feed}} {{limit}}"
        }
      ]
    },
    {
      kind: "states",
      title: { en: "Monitoring itself", zh: "监控自身" },
      about: {
        en: "Whether Prometheus reaches the daemon's two ports, the Pushgateway and itself.",
        zh: "Prometheus 能否读取守护进程的两个端口、Pushgateway 与它自身。"
      },
      unit: "none",
      steps: ["red", [1, "green"]],
      texts: { 0: [{ en: "down", zh: "无应答" }, "red"], 1: [{ en: "up", zh: "正常" }, "green"] },
      queries: [{ expr: "min by (job) (up)", legend: "{{job}}" }]
    }
  ]
}

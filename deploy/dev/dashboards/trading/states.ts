import { ofInstance, type Row } from "../panel.ts"

const named = (metric: string, legend: string) => ({
  expr: `${metric}{${ofInstance}}`,
  legend: `${legend} {{instance}}`
})

/** What an operator looks at first: may orders leave, and if not, which state stops them. */
export const states: Row = {
  title: { en: "States", zh: "状态" },
  panels: [
    {
      kind: "states",
      title: { en: "Open for entries", zh: "可否开仓" },
      about: {
        en: "What must be yes for an entry to leave: NATS, the venue's updates, the reconciliation gate, readiness of all parts, and the armed day. The session is that of the New York exchanges.",
        zh: "开仓单发出的全部条件：NATS、交易场所回报、对账闸门、各部分就绪、当日已授权。交易时段为纽约交易所的常规时段。"
      },
      unit: "none",
      steps: ["orange", [1, "green"]],
      texts: { 0: [{ en: "no", zh: "否" }, "orange"], 1: [{ en: "yes", zh: "是" }, "green"] },
      queries: [
        named("trade_session_open", "session · 交易时段"),
        named("trade_ready", "ready · 就绪"),
        named("trade_armed", "armed · 已授权"),
        named("trade_reconciliation_open", "reconciled · 已对账"),
        named("trade_updates_listening", "updates · 回报"),
        named("trade_nats_connected", "NATS")
      ],
      width: 12
    },
    {
      kind: "states",
      title: { en: "Stops", zh: "停止状态" },
      about: {
        en: "States that close the gate: kill switch, breakers, unknown states, rejected keys, a book that takes no facts, quarantined symbols. Anything but 0 has an alert with a page.",
        zh: "关闭闸门的状态：紧急停止、熔断、状态未知、密钥被拒、账本无法写入、隔离的证券。非 0 均有告警及处理手册。"
      },
      unit: "none",
      steps: ["green", [1, "red"]],
      queries: [
        named("trade_kill_switch_engaged", "kill switch · 紧急停止"),
        named("trade_breakers_tripped", "breakers · 熔断"),
        named("trade_safety_unknown", "unknown · 未知"),
        named("trade_keys_rejected", "keys rejected · 密钥被拒"),
        named("trade_store_trouble", "book · 账本"),
        named("trade_quarantined_symbols", "quarantined · 隔离")
      ],
      width: 12
    },
    {
      kind: "rows",
      title: { en: "Firing alerts of trading", zh: "正在触发的交易告警" },
      about: {
        en: "Alerts of trading that fire now. Each has a page in docs/runbooks whose first line is what to do.",
        zh: "正在触发的交易告警。各有 docs/runbooks 中的一页，首行即处理方法。"
      },
      unit: "none",
      steps: ["red"],
      queries: [
        {
          expr: `sum by (alertname, severity, instance) (ALERTS{alertstate="firing",alertname=~"TRADE_.+"})`,
          legend: "firing"
        }
      ],
      mayBeEmpty: { en: "no alert fires while all is well", zh: "一切正常时没有告警" },
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Monitor and reconciliation", zh: "监视器与对账" },
      about: {
        en: "Time since the last sign of life of the post-trade monitor and since the last complete reconciliation. TRADE_Monitor_Silent fires above 10 s, TRADE_Reconciliation_Old above 15 min.",
        zh: "距交易后监视器上次报告、距上次完整对账的时间。分别超过 10 秒、15 分钟时 TRADE_Monitor_Silent、TRADE_Reconciliation_Old 告警。"
      },
      unit: "s",
      steps: ["green", [900, "red"]],
      queries: [
        named("trade_monitor_silent_seconds", "monitor · 监视器"),
        named("trade_reconciliation_age_seconds", "reconciliation · 对账")
      ],
      width: 12
    }
  ]
}

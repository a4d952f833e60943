import { noLimit, type Row } from "../panel.ts"

const days = ["red", [7, "orange"], [14, "green"]] as const

export const runningOut: Row = {
  title: { en: "What runs out, and the catalogue", zh: "期限与合约目录" },
  panels: [
    {
      kind: "now",
      title: { en: "Calendar, days left", zh: "交易日历剩余天数" },
      about: {
        en: "Days until the trading calendar ends; holidays are not known after it. Below 14 MD_Calendar_Running_Out fires.",
        zh: "交易日历剩余天数，之后节假日未知。少于 14 天时 MD_Calendar_Running_Out 告警。"
      },
      unit: "d",
      steps: days,
      queries: [{ expr: "(md_calendar_end_timestamp_seconds - time()) / 86400", legend: "{{instance}}" }]
    },
    {
      kind: "now",
      title: { en: "Certificates, days left", zh: "证书剩余天数" },
      about: {
        en: "Days until the certificates of NATS end. Below 14 MD_Certificate_Running_Out fires.",
        zh: "NATS 证书剩余天数。少于 14 天时 MD_Certificate_Running_Out 告警。"
      },
      unit: "d",
      steps: days,
      queries: [
        {
          expr: "(md_nats_certificate_expiry_timestamp_seconds - time()) / 86400",
          legend: "{{certificate}} {{instance}}"
        }
      ],
      mayBeEmpty: { en: "NATS without TLS has no certificate", zh: "NATS 未启用 TLS 时没有证书" }
    },
    {
      kind: "bars",
      title: { en: "Contracts", zh: "合约数" },
      about: {
        en: "Contracts of the catalogue that have not expired, by exchange and kind.",
        zh: "目录中未到期的合约数，按交易所与种类。"
      },
      unit: "short",
      steps: noLimit,
      queries: [{ expr: "sort_desc(sum by (exchange, kind) (md_contracts))", legend: "{{exchange}} {{kind}}" }],
      mayBeEmpty: {
        en: "a daemon with a fixed list of instruments keeps no catalogue",
        zh: "合约列表固定的守护进程没有目录"
      }
    },
    {
      kind: "trend",
      title: { en: "Switch latency, base unit", zh: "切换延迟（秒）" },
      about: {
        en: "The latencies of MD Ops under the names that follow Prometheus' conventions.",
        zh: "MD Ops 中的切换延迟，采用符合 Prometheus 惯例的名称。"
      },
      unit: "s",
      steps: ["green", [2, "orange"], [5, "red"]],
      queries: [
        { expr: "md_failover_latency_seconds", legend: "failover · 切换 {{instance}}" },
        { expr: "md_failback_latency_seconds", legend: "failback · 切回 {{instance}}" }
      ],
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Found by checks from outside", zh: "外部核查所见" },
      about: {
        en: "Missing and stalled contracts by each subscription check. They must agree with the daemon's own counts.",
        zh: "各次订阅核查发现的缺失与静默合约数，应与守护进程自身的一致。"
      },
      unit: "short",
      steps: ["green", [1, "red"]],
      queries: [
        { expr: "tickd_health_check_missing", legend: "missing · 缺失 {{feed}}" },
        { expr: "tickd_health_check_stalled", legend: "stalled · 静默 {{feed}}" }
      ],
      mayBeEmpty: {
        en: "no subscription check with --pushgateway-url has run yet",
        zh: "尚未运行带 --pushgateway-url 的订阅核查"
      },
      width: 12
    }
  ]
}

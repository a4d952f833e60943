import { noLimit, ofAccount, ofFeed, type Row, zeroIsRight } from "../panel.ts"

export const coverage: Row = {
  title: { en: "Subscriptions", zh: "订阅" },
  panels: [
    {
      kind: "trend",
      title: { en: "Coverage by feed", zh: "各源覆盖率" },
      about: {
        en: "Share of the wanted instruments that each front acknowledged in this session. Below 99.5 % for two minutes an alert fires.",
        zh: "各前置在本次会话中已确认的合约比例。低于 99.5% 达两分钟时告警。"
      },
      unit: "percentunit",
      steps: ["red", [0.995, "green"]],
      queries: [
        { expr: `md_subscription_coverage_ratio{role!="",${ofAccount}}`, legend: "{{feed}} {{account}} {{role}}" }
      ],
      max: 1
    },
    {
      kind: "grid",
      title: { en: "Coverage gap by product", zh: "各品种覆盖缺口" },
      about: {
        en: "One row for each product, one column for each moment: wanted instruments that are not acknowledged, or should tick and do not. A pale grid is right.",
        zh: "每行一个品种，每列一个时刻：未得到确认或应有行情而没有的合约数。颜色越浅越好。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [{ expr: `max by (product) (md_product_gap{${ofFeed}})`, legend: "{{product}}" }],
      width: 16,
      height: 16
    },
    {
      kind: "trend",
      title: { en: "Missing and stalled", zh: "缺失与静默" },
      about: {
        en: "Wanted instruments without an acknowledgement, acknowledged ones that should tick and do not, and the main contracts among these. All are 0 when all is well.",
        zh: "未得到确认的合约数，应有行情而没有的合约数，以及其中的主力合约数。正常时均为 0。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        { expr: `md_subscription_missing{role!="",${ofAccount}}`, legend: "missing · 缺失 {{feed}} {{role}}" },
        { expr: `md_subscription_stalled{role!="",${ofAccount}}`, legend: "stalled · 静默 {{feed}} {{role}}" },
        {
          expr: `md_subscription_stalled_main{role!="",${ofAccount}}`,
          legend: "main contracts · 主力合约 {{feed}} {{role}}"
        }
      ]
    }
  ]
}

export const products: Row = {
  title: { en: "Products and checks", zh: "品种与核查" },
  panels: [
    {
      kind: "bars",
      title: { en: "Lowest coverage by product", zh: "覆盖率最低的品种" },
      about: {
        en: "The 20 products with the lowest share of sound instruments. Green from 99.5 %.",
        zh: "正常合约占比最低的 20 个品种。99.5% 起为绿色。"
      },
      unit: "percentunit",
      steps: ["red", [0.9, "orange"], [0.995, "green"]],
      queries: [
        {
          expr: `bottomk(20, 1 - max by (product) (md_product_gap{${ofFeed}}) / max by (product) (md_product_wanted{${ofFeed}}))`,
          legend: "{{product}}"
        }
      ],
      max: 1,
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Active subscriptions", zh: "有效订阅" },
      about: {
        en: "Instruments that each front acknowledged. Compare it with yesterday's.",
        zh: "各前置已确认的合约数。请与前一日比较。"
      },
      unit: "short",
      steps: noLimit,
      queries: [{ expr: `md_active_subscriptions{${ofAccount}}`, legend: "{{feed}} {{account}} {{role}}" }],
      width: 12
    },
    {
      kind: "now",
      title: { en: "Last check: missing, stalled", zh: "最近核查：缺失、静默" },
      about: {
        en: "What the last subscription check found from outside, through the Pushgateway. 0 is right.",
        zh: "最近一次订阅核查从外部发现的结果，经 Pushgateway 推送。正常为 0。"
      },
      unit: "none",
      steps: zeroIsRight,
      queries: [
        { expr: "md_subscription_missing_total", legend: "missing · 缺失 {{feed}}" },
        { expr: "md_subscription_stalled_total", legend: "stalled · 静默 {{feed}}" }
      ],
      mayBeEmpty: {
        en: "no subscription check with --pushgateway-url has run yet",
        zh: "尚未运行带 --pushgateway-url 的订阅核查"
      },
      width: 12,
      height: 6
    },
    {
      kind: "trend",
      title: { en: "Subscription check", zh: "订阅核查" },
      about: {
        en: "Coverage by the checks from outside. It must agree with the daemon's own coverage; below 99.5 % the check ends with 2.",
        zh: "外部核查所得的覆盖率，应与守护进程自身的一致；低于 99.5% 时核查以 2 结束。"
      },
      unit: "percentunit",
      steps: ["red", [0.995, "green"]],
      queries: [{ expr: "tickd_health_check_coverage_ratio", legend: "{{feed}} {{session_window}}" }],
      mayBeEmpty: {
        en: "no subscription check with --pushgateway-url has run yet",
        zh: "尚未运行带 --pushgateway-url 的订阅核查"
      },
      max: 1,
      width: 12,
      height: 6
    }
  ]
}

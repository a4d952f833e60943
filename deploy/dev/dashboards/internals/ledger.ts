import { ofFeed, type Panel, type Row, zeroIsRight } from "../panel.ts"

/** A column of the ledger: ticks a second, by a label. */
const column = (
  metric: string,
  label: string,
  panel: Pick<Panel, "title" | "about" | "steps"> & Pick<Partial<Panel>, "mayBeEmpty">
): Panel => ({
  ...panel,
  kind: "trend",
  unit: "short",
  queries: [
    {
      expr: `sum by (feed${label === "" ? "" : `, ${label}`}) (increase(${metric}{${ofFeed}}[5m]))`,
      legend: `{{feed}}${label === "" ? "" : ` {{${label}}}`}`
    }
  ],
  width: 6
})

export const ledger: Row = {
  title: { en: "Ledger", zh: "账本" },
  panels: [
    {
      kind: "trend",
      title: { en: "Received and published", zh: "收到与发布" },
      about: {
        en: "Ticks a second received from the vendor library, and stored in the stream. With two feeds each tick is received twice and published once.",
        zh: "每秒从期货公司库收到与存入流的行情数。双源时每条行情收到两次、发布一次。"
      },
      unit: "short",
      steps: ["blue"],
      queries: [
        {
          expr: `sum by (feed) (rate(md_ticks_received_total{${ofFeed}}[$__rate_interval]))`,
          legend: "received · 收到 {{feed}}"
        },
        {
          expr: `sum by (feed) (rate(md_ticks_published_total{${ofFeed}}[$__rate_interval]))`,
          legend: "published · 发布 {{feed}}"
        }
      ],
      width: 12
    },
    {
      kind: "trend",
      title: { en: "In flight", zh: "在途" },
      about: {
        en: "Ticks in the ring, the queue and the publisher. Growth means that the next stage is too slow; 50,000 is the usual size of the queue.",
        zh: "环形缓冲区、队列与发布者中的行情数。持续增长说明下一级过慢；队列默认容量为 50,000。"
      },
      unit: "short",
      steps: ["green", [10_000, "orange"], [50_000, "red"]],
      queries: [{ expr: `sum by (feed, where) (md_ticks_in_flight{${ofFeed}})`, legend: "{{feed}} {{where}}" }],
      isStacked: true,
      width: 8
    },
    {
      kind: "now",
      title: { en: "Balanced", zh: "平衡" },
      about: {
        en: "received = published + duplicate + quarantined + conflated + dropped + in flight + spooled. Red is a bug.",
        zh: "收到 = 发布 + 重复 + 隔离 + 合并 + 丢失 + 在途 + 落盘。红色即程序缺陷。"
      },
      unit: "none",
      steps: ["red", [1, "green"]],
      texts: { 0: [{ en: "no", zh: "否" }, "red"], 1: [{ en: "yes", zh: "是" }, "green"] },
      queries: [{ expr: `min by (feed) (md_ledger_balanced{${ofFeed}})`, legend: "{{feed}}" }],
      width: 4
    },
    column("md_ticks_dropped_total", "where", {
      title: { en: "Dropped, 5 m", zh: "丢失，5 分钟" },
      about: { en: "Ticks lost, by place. 0 is right.", zh: "丢失的行情数，按位置。正常为 0。" },
      steps: zeroIsRight
    }),
    column("md_ticks_quarantined_total", "reason", {
      title: { en: "Quarantined, 5 m", zh: "隔离，5 分钟" },
      about: {
        en: "Quarantined ticks, by reason. MD_Ticks_Quarantined fires above 10 in ten minutes.",
        zh: "被隔离的行情数，按原因。十分钟内超过 10 条时 MD_Ticks_Quarantined 告警。"
      },
      steps: ["green", [1, "orange"], [10, "red"]]
    }),
    column("md_ticks_conflated_total", "", {
      title: { en: "Conflated, 5 m", zh: "合并，5 分钟" },
      about: {
        en: "Ticks replaced by a newer one of their instrument, because the queue was full.",
        zh: "因队列已满而被同一合约较新行情取代的行情数。"
      },
      steps: ["green", [1, "orange"]]
    }),
    column("md_exceptions_total", "step", {
      title: { en: "Exceptions, 5 m", zh: "异常，5 分钟" },
      about: { en: "Each is a bug of tickd: report it.", zh: "每个都是 tickd 的缺陷，请上报。" },
      steps: zeroIsRight
    }),
    column("md_gaps_told_total", "cause", {
      title: { en: "Gaps, 5 m", zh: "缺口，5 分钟" },
      about: {
        en: "Gap records, by cause. A restart and a lost session leave gaps too; what alerts is in MD_Stream_Gap.",
        zh: "缺口记录，按原因。重启与会话中断也会留下缺口；何者告警见 MD_Stream_Gap。"
      },
      steps: ["green", [1, "orange"]]
    }),
    column("md_ticks_flagged_total", "law", {
      title: { en: "Flagged, 5 m", zh: "标记，5 分钟" },
      about: {
        en: "Published ticks that break a law, by law: docs/reference/laws.md. A constant rate is usually the broker's habit.",
        zh: "违反规则但已发布的行情数，按规则：见 docs/reference/laws.md。恒定的数量多为期货公司的惯例。"
      },
      steps: ["blue"]
    }),
    column("md_ticks_duplicate_total", "", {
      title: { en: "Duplicates, 5 m", zh: "重复，5 分钟" },
      about: {
        en: "Ticks that repeated another one. With two feeds every second tick is one.",
        zh: "与另一条完全相同的行情数。双源时每两条即有一条。"
      },
      steps: ["blue"]
    }),
    {
      kind: "trend",
      title: { en: "Integrity records", zh: "完整性记录" },
      about: {
        en: "Quarantine records, gaps and certificates: waiting for NATS, dropped because the outbox was full, omitted because their reason had too many.",
        zh: "隔离、缺口与证书记录：等待 NATS 的、因发件箱已满丢弃的、因同一原因过多而省略的。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        { expr: "md_integrity_waiting", legend: "waiting · 等待" },
        { expr: "increase(md_integrity_dropped_total[5m])", legend: "dropped · 丢弃" },
        { expr: "increase(md_integrity_omitted_total[5m])", legend: "omitted · 省略" }
      ],
      width: 6
    },
    {
      ...column("md_gaps_liquid_total", "cause", {
        title: { en: "Gaps of liquid instruments, 5 m", zh: "活跃合约的缺口，5 分钟" },
        about: {
          en: "Gaps that began while instruments with at least a tick a second traded, by cause.",
          zh: "开始时有活跃合约（每秒至少一条行情）正在交易的缺口数，按原因。"
        },
        steps: zeroIsRight
      }),
      width: 12,
      height: 5
    },
    {
      kind: "trend",
      title: { en: "Repaired times, 5 m", zh: "时间修正，5 分钟" },
      about: {
        en: "Published ticks whose day differs from their ActionDay, and those outside the known calendar. DCE's nights are the usual cause of the first.",
        zh: "日期与 ActionDay 不同的已发布行情，以及日历之外的已发布行情。前者通常来自大商所夜盘。"
      },
      unit: "short",
      steps: ["blue"],
      queries: [
        {
          expr: `sum by (feed) (increase(md_ticks_time_repaired_total{${ofFeed}}[5m]))`,
          legend: "repaired · 已修正 {{feed}}"
        },
        {
          expr: `sum by (feed) (increase(md_ticks_beyond_calendar_total{${ofFeed}}[5m]))`,
          legend: "beyond the calendar · 日历之外 {{feed}}"
        }
      ],
      width: 12,
      height: 5
    }
  ]
}

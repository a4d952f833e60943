import { type Row, zeroIsRight } from "../panel.ts"

const noSpool = { en: "a daemon without a spool has none of its metrics", zh: "没有落盘的守护进程没有这些指标" }

export const queues: Row = {
  title: { en: "Queues and spool", zh: "队列与落盘" },
  panels: [
    {
      kind: "trend",
      title: { en: "Queue", zh: "队列" },
      about: {
        en: "Share of the queue that is used. At 100 % the configured policy decides: docs/operations/overflow.md.",
        zh: "队列已用比例。达到 100% 时由所配置的策略决定：见 docs/operations/overflow.md。"
      },
      unit: "percentunit",
      steps: ["green", [0.5, "orange"], [0.9, "red"]],
      queries: [{ expr: "md_tick_queue_depth / md_tick_queue_capacity", legend: "{{instance}}" }],
      max: 1
    },
    {
      kind: "trend",
      title: { en: "Oldest waiting tick", zh: "最早等待的行情" },
      about: {
        en: "Age of the oldest tick in the queue, without an acknowledgement, and in the spool. MD_Spool_Old fires from 300 s in the spool.",
        zh: "队列中、未确认、落盘中最早一条行情的等待时间。落盘超过 300 秒时 MD_Spool_Old 告警。"
      },
      unit: "s",
      steps: ["green", [5, "orange"], [300, "red"]],
      queries: [
        { expr: "md_tick_queue_oldest_seconds", legend: "queue · 队列" },
        { expr: "md_broker_oldest_unacked_seconds", legend: "unacknowledged · 未确认" },
        { expr: "md_spool_oldest_seconds", legend: "spool · 落盘" }
      ]
    },
    {
      kind: "rows",
      title: { en: "Policy of a full queue", zh: "队列满时的策略" },
      about: { en: "As configured by TICK_QUEUE_POLICY.", zh: "由 TICK_QUEUE_POLICY 设定。" },
      unit: "none",
      steps: ["blue"],
      queries: [{ expr: "max by (instance, policy) (md_tick_queue_policy)", legend: "set" }]
    },
    {
      kind: "states",
      title: { en: "Spool engaged, in trouble", zh: "落盘中、落盘故障" },
      about: {
        en: "Engaged: ticks go to disk because NATS is away or slow. Trouble: the disk does not take them.",
        zh: "落盘中：NATS 不可用或过慢，行情写盘。故障：磁盘无法写入。"
      },
      unit: "none",
      steps: ["green", [1, "orange"]],
      texts: { 0: [{ en: "no", zh: "否" }, "green"], 1: [{ en: "yes", zh: "是" }, "orange"] },
      queries: [
        { expr: "md_spool_engaged", legend: "engaged · 落盘中" },
        { expr: "md_spool_trouble", legend: "trouble · 故障" }
      ],
      mayBeEmpty: noSpool,
      width: 6
    },
    {
      kind: "trend",
      title: { en: "Spool used", zh: "落盘已用" },
      about: {
        en: "Size on disk as a share of its limit. MD_Spool_Filling fires above 50 %; a full spool drops ticks.",
        zh: "落盘占上限的比例。超过 50% 时 MD_Spool_Filling 告警；写满后丢弃行情。"
      },
      unit: "percentunit",
      steps: ["green", [0.5, "red"]],
      queries: [{ expr: "md_spool_bytes / md_spool_bound_bytes", legend: "{{instance}}" }],
      mayBeEmpty: noSpool,
      max: 1,
      width: 6
    },
    {
      kind: "trend",
      title: { en: "Ticks in the spool", zh: "落盘中的行情" },
      about: {
        en: "Ticks that wait on disk, and those that a previous run left in a spool which is now disabled.",
        zh: "磁盘上等待的行情数，以及上次运行留在现已停用的落盘中的行情数。"
      },
      unit: "short",
      steps: ["green", [1, "orange"]],
      queries: [
        { expr: "md_spool_ticks", legend: "waiting · 等待" },
        { expr: "md_spool_unused_ticks", legend: "left · 遗留" }
      ],
      width: 6
    },
    {
      kind: "trend",
      title: { en: "Spool events, 5 m", zh: "落盘事件，5 分钟" },
      about: {
        en: "Recovered ticks of a previous run are right. Dropped and superseded ticks, cut bytes and errors are not.",
        zh: "恢复上次运行的行情属正常；丢弃、搁置、截断的字节与错误则不然。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        ["md_spool_recovered_total", "recovered · 恢复"],
        ["md_spool_dropped_total", "dropped · 丢弃"],
        ["md_spool_superseded_total", "superseded · 搁置"],
        ["md_spool_cut_bytes_total", "cut bytes · 截断字节"],
        ["md_spool_errors_total", "errors · 错误"]
      ].map(([metric = "", legend = ""]) => ({ expr: `increase(${metric}[5m])`, legend })),
      mayBeEmpty: noSpool,
      width: 6
    }
  ]
}

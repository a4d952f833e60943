import { type Row, zeroIsRight } from "../panel.ts"

export const broker: Row = {
  title: { en: "NATS and the writer", zh: "NATS 与写入者" },
  panels: [
    {
      kind: "trend",
      title: { en: "Faults of NATS, 5 m", zh: "NATS 故障，5 分钟" },
      about: {
        en: "Ticks sent again, negative answers, new connections, and messages in the stream that another program wrote. All are 0 when all is well.",
        zh: "重发的行情、否定应答、重新建立的连接、流中由其他程序写入的消息。正常时均为 0。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        ["md_broker_resent_total", "sent again · 重发"],
        ["md_broker_errors_total", "negative answers · 否定应答"],
        ["md_broker_reconnects_total", "reconnects · 重连"],
        ["md_broker_foreign_writes_total", "foreign writes · 他人写入"]
      ].map(([metric = "", legend = ""]) => ({ expr: `increase(${metric}[5m])`, legend }))
    },
    {
      kind: "trend",
      title: { en: "Streams", zh: "流" },
      about: {
        en: "Size of each stream as a share of its limit. A full stream deletes its oldest messages: that is its retention.",
        zh: "各流占上限的比例。写满后删除最早的消息，即其保留策略。"
      },
      unit: "percentunit",
      steps: ["green", [0.95, "orange"]],
      queries: [{ expr: "md_stream_bytes / md_stream_limit_bytes", legend: "{{stream}}" }],
      max: 1
    },
    {
      kind: "trend",
      title: { en: "Size of the streams", zh: "流的大小" },
      about: {
        en: "Bytes of each stream, and of all streams of this daemon's account.",
        zh: "各流的字节数，以及本守护进程所用账户全部流的字节数。"
      },
      unit: "bytes",
      steps: ["blue"],
      queries: [
        { expr: "md_stream_bytes", legend: "{{stream}}" },
        { expr: "md_broker_store_bytes", legend: "{{store}}" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Store of the account", zh: "账户存储" },
      about: {
        en: "Used share of the account's limit. Above 80 % MD_Broker_Store_Full fires; at 100 % NATS stores nothing more.",
        zh: "账户存储上限的已用比例。超过 80% 时 MD_Broker_Store_Full 告警；100% 时 NATS 不再存储。"
      },
      unit: "percentunit",
      steps: ["green", [0.8, "red"]],
      queries: [{ expr: "md_broker_store_bytes / md_broker_store_limit_bytes", legend: "{{store}}" }],
      mayBeEmpty: { en: "an account without a limit has no share", zh: "账户没有上限时无从计算比例" },
      max: 1
    },
    {
      kind: "trend",
      title: { en: "Disk of the embedded server", zh: "内置服务器的磁盘" },
      about: {
        en: "Used share of the disk that holds the store of --embedded-nats. Above 90 % an alert fires.",
        zh: "--embedded-nats 存储所在磁盘的已用比例。超过 90% 时告警。"
      },
      unit: "percentunit",
      steps: ["green", [0.9, "red"]],
      queries: [
        {
          expr: `1 - md_broker_disk_bytes{of="free"} / ignoring (of) md_broker_disk_bytes{of="total"}`,
          legend: "{{instance}}"
        }
      ],
      mayBeEmpty: {
        en: "only a daemon with --embedded-nats knows the disk of its server",
        zh: "只有使用 --embedded-nats 的守护进程知道服务器的磁盘"
      },
      max: 1
    },
    {
      kind: "trend",
      title: { en: "Writer", zh: "写入者" },
      about: {
        en: "Epoch of this daemon as the writer of its stream; it grows when the writer changes. Fenced is 1 after another writer took over: this one then publishes nothing.",
        zh: "本进程作为流写入者的纪元，更换写入者时增长。另一写入者接管后 fenced 为 1，本进程不再发布。"
      },
      unit: "none",
      steps: ["blue"],
      queries: [
        { expr: "md_publisher_epoch", legend: "epoch · 纪元 {{instance}}" },
        { expr: "md_publisher_fenced", legend: "fenced · 被围栏隔开 {{instance}}" }
      ]
    }
  ]
}

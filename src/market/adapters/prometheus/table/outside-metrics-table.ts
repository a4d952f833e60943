import { listedLabel, metricTable } from "../../../../kernel/metric.ts"

const store = listedLabel(["account"], { en: "what is counted", zh: "统计范围" })
const stream = { en: "stream of tickd", zh: "tickd 的流", most: 4 }
const certificate = listedLabel(["authority", "client", "server"], { en: "whose certificate", zh: "证书所属" })
const of = listedLabel(["total", "free"], { en: "size of the disk, and what is free of it", zh: "磁盘大小与可用部分" })

const bytes = { type: "gauge", unit: "bytes" } as const
const timestamp = { type: "gauge", unit: "seconds since 1970" } as const

/**
 * What runs out. Each has a sample only where it could be read. What may be unknown has a label: a metric of
 * prom-client without one is 0 then, and an alert on a limit of 0 would fire.
 */
export const outsideMetrics = metricTable({
  md_broker_store_bytes: {
    ...bytes,
    labels: { store },
    en: "Disk that all streams of this daemon's account use",
    zh: "本守护进程所用账户的全部流占用的磁盘"
  },
  md_broker_store_limit_bytes: {
    ...bytes,
    labels: { store },
    en: "Limit of that disk, where the account has one",
    zh: "上述磁盘的上限（账户设有上限时）"
  },
  md_stream_bytes: { ...bytes, labels: { stream }, en: "Size of a stream", zh: "流的大小" },
  md_stream_limit_bytes: {
    ...bytes,
    labels: { stream },
    en: "Size limit of a stream; the oldest messages go first",
    zh: "流的大小上限；超出时先删除最早的消息"
  },
  md_broker_disk_bytes: {
    ...bytes,
    labels: { of },
    en: "Disk of the embedded server's store",
    zh: "内置消息服务器存储所在的磁盘"
  },
  md_nats_certificate_expiry_timestamp_seconds: {
    ...timestamp,
    labels: { certificate },
    en: "End of the certificates of NATS: the earliest of each file, and of the servers that answer",
    zh: "NATS 证书的到期时刻：各文件中最早的，以及有应答的服务器中最早的"
  },
  md_calendar_end_timestamp_seconds: {
    ...timestamp,
    en: "End of the last day that the trading calendar knows",
    zh: "交易日历所含最后一天的结束时刻"
  }
})

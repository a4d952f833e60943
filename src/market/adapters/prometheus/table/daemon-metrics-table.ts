import { metricTable } from "../../../../kernel/metric.ts"
import {
  child,
  code,
  component,
  exchange,
  kind,
  part,
  policy,
  readerCut,
  section,
  severity,
  version
} from "./labels.ts"

/** The daemon itself: what runs, what waits, its queue, its broker and its spool. */
export const daemonMetrics = metricTable({
  tickd_build_info: {
    type: "gauge",
    labels: { version, node: version },
    en: "Always 1; the labels name the version of tickd and of Node",
    zh: "恒为 1；标签为 tickd 与 Node 的版本"
  },
  md_ready: { type: "gauge", en: "1 while streaming and publishing", zh: "正在收取并发布行情时为 1" },
  md_trading: {
    type: "gauge",
    en: "1 inside the trading hours of the wanted instruments, by the daemon's own calendar",
    zh: "处于所需合约的交易时间内为 1，以守护进程自身的日历为准"
  },
  md_section_open_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970",
    labels: { section },
    en: "Opening of the section that trades now (then about now) and of those that follow, by the daemon's own calendar",
    zh: "当前（此时约为现在）及其后各交易节的开市时刻，以守护进程自身的日历为准"
  },
  md_section_close_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970",
    labels: { section },
    en: "End of the same section",
    zh: "同一交易节的结束时刻"
  },
  md_error_count_total: {
    type: "counter",
    unit: "errors",
    labels: { component, severity },
    en: "Faults by component: publisher (ticks lost or not writable), repository (broker, spool), intake, integrity",
    zh: "各组件的错误数：publisher（行情丢失或无法写入）、repository（消息服务器、落盘）、intake、integrity"
  },
  md_waiting: {
    type: "gauge",
    labels: { part, code },
    en: "1 for each part of the daemon that has failed and is being retried",
    zh: "守护进程中失败并正在重试的部分，各为 1"
  },
  md_child_restarts_total: {
    type: "counter",
    unit: "restarts",
    labels: { child },
    en: "Restarts of children by the supervisor",
    zh: "监督者重启子任务的次数"
  },
  md_event_loop_stall_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Longest stall of the event loop within the last minute",
    zh: "最近一分钟内事件循环最长的停顿"
  },
  md_integrity_dropped_total: {
    type: "counter",
    unit: "events",
    en: "Quarantined ticks, gaps and certificates dropped because the outbox was full",
    zh: "因发件箱已满而丢弃的隔离行情、缺口与证书数"
  },
  md_integrity_omitted_total: {
    type: "counter",
    unit: "ticks",
    en: "Quarantined ticks counted without a message, because their reason had too many",
    zh: "同一原因过多而只计数、不发消息的隔离行情数"
  },
  md_integrity_waiting: {
    type: "gauge",
    unit: "events",
    en: "Quarantined ticks, gaps and certificates that wait for the broker",
    zh: "等待消息服务器的隔离行情、缺口与证书数"
  },
  md_log_lines_dropped_total: {
    type: "counter",
    unit: "lines",
    en: "Lines of the log that were dropped: stdout is full, closed or slow",
    zh: "因标准输出已满、关闭或过慢而丢弃的日志行数"
  },
  md_telemetry_readers_cut_total: {
    type: "counter",
    unit: "connections",
    labels: { reason: readerCut },
    en: "Readers of the telemetry ports whose connection was ended, because they were slow or too many",
    zh: "因读取过慢或连接过多而被断开的遥测端口读者数"
  },
  md_trace_spans_dropped_total: {
    type: "counter",
    unit: "spans",
    en: "Spans that no collector took: it is away, slow or something else",
    zh: "采集器不可用、过慢或不是采集器而未被接收的 span 数"
  },
  md_tick_queue_depth: { type: "gauge", unit: "ticks", en: "Ticks waiting in the queue", zh: "队列中等待的行情数" },
  md_tick_queue_capacity: { type: "gauge", unit: "ticks", en: "Capacity of the queue, ticks", zh: "队列容量" },
  md_tick_queue_policy: {
    type: "gauge",
    labels: { policy },
    en: "1 for the configured policy of a full queue",
    zh: "队列已满时所配置的策略为 1"
  },
  md_tick_queue_oldest_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Age of the oldest tick in the queue",
    zh: "队列中最早行情的等待时间"
  },
  md_contracts: {
    type: "gauge",
    unit: "contracts",
    labels: { exchange, kind },
    en: "Contracts of the catalogue that have not expired",
    zh: "目录中未到期的合约数"
  },
  md_broker_link_up: {
    type: "gauge",
    en: "1 while the link to the broker is up",
    zh: "与消息服务器的连接正常时为 1"
  },
  md_broker_oldest_unacked_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Age of the oldest tick without an acknowledgement",
    zh: "最早未确认行情的等待时间"
  },
  md_publisher_epoch: {
    type: "gauge",
    en: "Epoch of this daemon as the writer of its stream; 0 before the first",
    zh: "本进程作为流的写入者的纪元；尚无时为 0"
  },
  md_publisher_fenced: {
    type: "gauge",
    en: "1 after another writer has taken over the stream: this daemon publishes nothing",
    zh: "另一写入者接管流之后为 1：本进程不再发布"
  },
  md_broker_resent_total: {
    type: "counter",
    unit: "ticks",
    en: "Ticks sent again after a fault of the broker",
    zh: "消息服务器故障后重发的行情数"
  },
  md_broker_errors_total: {
    type: "counter",
    unit: "answers",
    en: "Negative answers of the broker",
    zh: "消息服务器的否定应答数"
  },
  md_broker_reconnects_total: {
    type: "counter",
    unit: "connections",
    en: "New connections to the broker after the first",
    zh: "首次之后重新建立的连接数"
  },
  md_broker_foreign_writes_total: {
    type: "counter",
    unit: "messages",
    en: "Messages in the stream that this daemon did not write",
    zh: "流中并非本进程写入的消息数"
  },
  md_spool_unused_ticks: {
    type: "gauge",
    unit: "ticks",
    en: "Unsent ticks that a previous run left in a spool which is now disabled",
    zh: "上次运行留在现已停用的落盘目录中的未发送行情数"
  }
})

/** The spool. Without one they have no sample. */
export const spoolMetrics = metricTable({
  md_spool_engaged: {
    type: "gauge",
    en: "1 while ticks are written to disk because the broker is away or slow",
    zh: "因消息服务器不可用或过慢而写盘时为 1"
  },
  md_spool_ticks: {
    type: "gauge",
    unit: "ticks",
    en: "Ticks in the spool that the stream has not confirmed",
    zh: "落盘中尚未得到流确认的行情数"
  },
  md_spool_bytes: { type: "gauge", unit: "bytes", en: "Size of the spool on disk", zh: "落盘占用的磁盘" },
  md_spool_bound_bytes: { type: "gauge", unit: "bytes", en: "Size limit of the spool", zh: "落盘的大小上限" },
  md_spool_oldest_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Age of the oldest tick in the spool",
    zh: "落盘中最早行情的存放时间"
  },
  md_spool_trouble: { type: "gauge", en: "1 while the spool cannot be written", zh: "落盘无法写入时为 1" },
  md_spool_recovered_total: {
    type: "counter",
    unit: "ticks",
    en: "Ticks spooled by a previous run and stored by this one",
    zh: "上次运行落盘、本次存入的行情数"
  },
  md_spool_dropped_total: {
    type: "counter",
    unit: "ticks",
    en: "Ticks that the spool dropped, because it was full or damaged",
    zh: "因落盘已满或损坏而丢弃的行情数"
  },
  md_spool_superseded_total: {
    type: "counter",
    unit: "ticks",
    en: "Ticks of a previous run set aside because another writer used the stream since",
    zh: "因另一写入者此后用过该流而搁置的上次运行的行情数"
  },
  md_spool_cut_bytes_total: {
    type: "counter",
    unit: "bytes",
    en: "Bytes behind the last whole record of damaged segments",
    zh: "损坏分段中最后一条完整记录之后的字节数"
  },
  md_spool_errors_total: {
    type: "counter",
    unit: "faults",
    en: "Failed writes, reads and fsyncs of the spool",
    zh: "落盘写入、读取与 fsync 的失败次数"
  }
})

import { type MetricLabel, metricTable } from "../../../../kernel/metric.ts"

const space: MetricLabel = { en: "space of V8's heap", zh: "V8 堆空间", most: 16 }
const gcKind: MetricLabel = { en: "kind of collection", zh: "回收种类", most: 4 }
const resource: MetricLabel = { en: "kind of resource", zh: "资源种类", most: 24 }

const seconds = { type: "gauge", unit: "seconds" } as const
const bytes = { type: "gauge", unit: "bytes" } as const
const cpu = { type: "counter", unit: "seconds" } as const

/**
 * What prom-client measures of the process, by its names and help texts: memory, event loop, collections. What it
 * measures beside that has no reader and is removed.
 */
export const processMetrics = metricTable({
  process_cpu_user_seconds_total: { ...cpu, en: "Total user CPU time spent in seconds.", zh: "用户态 CPU 时间" },
  process_cpu_system_seconds_total: { ...cpu, en: "Total system CPU time spent in seconds.", zh: "内核态 CPU 时间" },
  process_cpu_seconds_total: { ...cpu, en: "Total user and system CPU time spent in seconds.", zh: "CPU 总时间" },
  process_start_time_seconds: {
    ...seconds,
    en: "Start time of the process since unix epoch in seconds.",
    zh: "进程启动时刻（Unix 秒）"
  },
  process_resident_memory_bytes: { ...bytes, en: "Resident memory size in bytes.", zh: "常驻内存（RSS）" },
  process_open_fds: { type: "gauge", en: "Number of open file descriptors.", zh: "已打开的文件描述符" },
  process_max_fds: { type: "gauge", en: "Maximum number of open file descriptors.", zh: "文件描述符上限" },
  nodejs_eventloop_lag_seconds: { ...seconds, en: "Lag of event loop in seconds.", zh: "事件循环延迟" },
  nodejs_eventloop_lag_max_seconds: {
    ...seconds,
    en: "The maximum recorded event loop delay.",
    zh: "事件循环延迟最大值"
  },
  nodejs_eventloop_lag_p99_seconds: {
    ...seconds,
    en: "The 99th percentile of the recorded event loop delays.",
    zh: "事件循环延迟的 99 分位"
  },
  nodejs_active_resources: {
    type: "gauge",
    labels: { type: resource },
    en: "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
    zh: "维持事件循环的资源数，按种类"
  },
  nodejs_heap_size_total_bytes: { ...bytes, en: "Process heap size from Node.js in bytes.", zh: "Node.js 堆" },
  nodejs_heap_size_used_bytes: { ...bytes, en: "Process heap size used from Node.js in bytes.", zh: "Node.js 已用堆" },
  nodejs_external_memory_bytes: { ...bytes, en: "Node.js external memory size in bytes.", zh: "Node.js 堆外内存" },
  nodejs_heap_space_size_total_bytes: {
    ...bytes,
    labels: { space },
    en: "Process heap space size total from Node.js in bytes.",
    zh: "各堆空间大小"
  },
  nodejs_heap_space_size_used_bytes: {
    ...bytes,
    labels: { space },
    en: "Process heap space size used from Node.js in bytes.",
    zh: "各堆空间已用"
  },
  nodejs_gc_duration_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: { kind: gcKind },
    en: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    zh: "垃圾回收耗时，按种类"
  }
})

import { daemon, noLimit, type Row } from "../panel.ts"

export const process: Row = {
  title: { en: "Process", zh: "进程" },
  panels: [
    {
      kind: "trend",
      title: { en: "CPU", zh: "CPU" },
      about: {
        en: "Cores used. The tick line has one core: near 1 the ring begins to fill.",
        zh: "占用的核数。行情通路只用一个核：接近 1 时环形缓冲区开始堆积。"
      },
      unit: "short",
      steps: ["green", [0.7, "orange"], [0.95, "red"]],
      queries: [
        {
          expr: `rate(process_cpu_user_seconds_total{${daemon}}[$__rate_interval])`,
          legend: "user · 用户态 {{instance}}"
        },
        {
          expr: `rate(process_cpu_system_seconds_total{${daemon}}[$__rate_interval])`,
          legend: "system · 内核态 {{instance}}"
        },
        { expr: `rate(process_cpu_seconds_total{${daemon}}[$__rate_interval])`, legend: "all · 合计 {{instance}}" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Memory", zh: "内存" },
      about: {
        en: "Resident memory, V8's heap and memory outside it. MD_Memory_Growth fires when the first grows by 1 GB a day above 500 MB.",
        zh: "常驻内存、V8 堆与堆外内存。常驻内存超过 500 MB 且每天增长 1 GB 时 MD_Memory_Growth 告警。"
      },
      unit: "bytes",
      steps: ["green", [5e8, "orange"]],
      queries: [
        { expr: `process_resident_memory_bytes{${daemon}}`, legend: "RSS {{instance}}" },
        { expr: `nodejs_heap_size_total_bytes{${daemon}}`, legend: "heap · 堆 {{instance}}" },
        { expr: `nodejs_heap_size_used_bytes{${daemon}}`, legend: "heap used · 已用堆 {{instance}}" },
        { expr: `nodejs_external_memory_bytes{${daemon}}`, legend: "external · 堆外 {{instance}}" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Heap by space", zh: "各堆空间" },
      about: {
        en: "Used bytes of each space of V8's heap, and what all of them reserve. A leak is usually in `old`.",
        zh: "V8 各堆空间的已用字节，以及全部堆空间的保留字节。泄漏通常在 old。"
      },
      unit: "bytes",
      steps: noLimit,
      queries: [
        { expr: `sum by (space) (nodejs_heap_space_size_used_bytes{${daemon}})`, legend: "{{space}}" },
        { expr: `sum(nodejs_heap_space_size_total_bytes{${daemon}})`, legend: "reserved · 保留" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Event loop", zh: "事件循环" },
      about: {
        en: "Delay of the event loop: at the reading, and 99 % and the longest since the reading before; and its longest stall of the last minute. MD_Event_Loop_Stall fires above 1 s.",
        zh: "事件循环延迟：读取时的值、自上次读取以来的 99 分位与最大值；以及最近一分钟最长的停顿。超过 1 秒时 MD_Event_Loop_Stall 告警。"
      },
      unit: "s",
      steps: ["green", [0.1, "orange"], [1, "red"]],
      queries: [
        { expr: `nodejs_eventloop_lag_seconds{${daemon}}`, legend: "now · 当前 {{instance}}" },
        { expr: `nodejs_eventloop_lag_p99_seconds{${daemon}}`, legend: "p99 {{instance}}" },
        { expr: `nodejs_eventloop_lag_max_seconds{${daemon}}`, legend: "max · 最大 {{instance}}" },
        { expr: "md_event_loop_stall_seconds", legend: "stall · 停顿 {{instance}}" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Garbage collection", zh: "垃圾回收" },
      about: {
        en: "Share of the time that collections take, by kind. Above 5 % the heap is too small or something is leaking.",
        zh: "垃圾回收所占时间的比例，按种类。超过 5% 说明堆过小或有泄漏。"
      },
      unit: "percentunit",
      steps: ["green", [0.05, "orange"], [0.2, "red"]],
      queries: [
        {
          expr: `sum by (kind) (rate(nodejs_gc_duration_seconds_sum{${daemon}}[$__rate_interval]))`,
          legend: "{{kind}}"
        }
      ]
    },
    {
      kind: "trend",
      title: { en: "Descriptors and resources", zh: "描述符与资源" },
      about: {
        en: "Open file descriptors as a share of their limit, and what keeps the event loop alive. Both are level in a sound daemon.",
        zh: "已打开的文件描述符占上限的比例，以及维持事件循环的资源数。正常的守护进程二者平稳。"
      },
      unit: "short",
      steps: noLimit,
      queries: [
        {
          expr: `100 * process_open_fds{${daemon}} / process_max_fds{${daemon}}`,
          legend: "descriptors, % · 描述符，% {{instance}}"
        },
        { expr: `sum by (type) (nodejs_active_resources{${daemon}})`, legend: "{{type}}" }
      ]
    }
  ]
}

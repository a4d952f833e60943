import { ofAccount, ofFeed, type Row } from "../panel.ts"

const quantile = (share: number, metric: string, label: string, matchers = "") =>
  `histogram_quantile(${share}, sum by (le${label === "" ? "" : `, ${label}`}) (rate(${metric}_bucket${matchers === "" ? "" : `{${matchers}}`}[$__rate_interval])))`

export const hops: Row = {
  title: { en: "Hops", zh: "各段延迟" },
  panels: [
    {
      kind: "trend",
      title: { en: "Hops, p99", zh: "各段延迟 99 分位" },
      about: {
        en: "ring: callback to read. normalise: checks of a batch. queue: until handed to the publisher. ack: until NATS acknowledged. Their sum is near the latency of MD Ops.",
        zh: "ring：回调到读取；normalise：整批检查；queue：到交给发布者；ack：到 NATS 确认。其和接近 MD Ops 的延迟。"
      },
      unit: "s",
      steps: ["green", [0.1, "orange"], [0.3, "red"]],
      queries: [{ expr: quantile(0.99, "md_hop_seconds", "hop"), legend: "{{hop}}" }]
    },
    {
      kind: "trend",
      title: { en: "Callback to acknowledgement", zh: "回调到确认" },
      about: {
        en: "Half, 99 % and 99.9 % of the ticks stay below. The objective of the 99 % is 0.3 s.",
        zh: "50、99 与 99.9 分位。99 分位的目标为 0.3 秒。"
      },
      unit: "s",
      steps: ["green", [0.3, "red"]],
      queries: [0.5, 0.99, 0.999].map((share) => ({
        expr: quantile(share, "md_callback_to_ack_seconds", ""),
        legend: `p${share * 100}`
      }))
    },
    {
      kind: "buckets",
      title: { en: "Callback to acknowledgement, all", zh: "回调到确认，全部" },
      about: {
        en: "Ticks a second in each range of the latency. A second band above the usual one is a stage that stalls.",
        zh: "各延迟区间每秒的行情数。在惯常色带之上出现第二条，即有一级在停顿。"
      },
      unit: "s",
      steps: ["blue"],
      queries: [{ expr: "sum by (le) (rate(md_callback_to_ack_seconds_bucket[$__rate_interval]))", legend: "{{le}}" }]
    },
    {
      kind: "trend",
      title: { en: "Exchange to receipt", zh: "交易所到收到" },
      about: {
        en: "Time of receipt minus the exchange's time, half and 99 %, per front. Exchanges stamp in steps of 0.25 to 1 s: compare the two fronts. 0 where this host's clock is behind.",
        zh: "收到时刻减交易所时刻的 50 与 99 分位，按前置。交易所时间步长为 0.25 到 1 秒，请对比两个前置；主机时钟落后时为 0。"
      },
      unit: "s",
      steps: ["green", [2, "orange"], [5, "red"]],
      queries: [0.5, 0.99].map((share) => ({
        expr: quantile(share, "md_exchange_to_receive_seconds", "feed", ofFeed),
        legend: `p${share * 100} {{feed}}`
      }))
    },
    {
      kind: "trend",
      title: { en: "Silent and late feeds", zh: "静默与滞后的源" },
      about: {
        en: "Time that a whole feed has been silent beyond its rhythm, or is behind the exchange. Above 10 s for a minute MD_Feed_Silent fires.",
        zh: "整个源超出正常节奏的静默时间，或落后于交易所的时间。静默超过 10 秒达一分钟时 MD_Feed_Silent 告警。"
      },
      unit: "s",
      steps: ["green", [10, "red"]],
      queries: [
        { expr: `md_feed_silent_seconds{${ofAccount}}`, legend: "silent · 静默 {{feed}}" },
        { expr: `md_feed_late_seconds{${ofAccount}}`, legend: "late · 滞后 {{feed}}" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Clock offset", zh: "时钟偏差" },
      about: {
        en: "Exchange time minus this host's clock, shown from a minute on. MD_Clock_Offset fires then.",
        zh: "交易所时间减主机时钟，相差超过一分钟时给出，此时 MD_Clock_Offset 告警。"
      },
      unit: "s",
      steps: ["red", [-60, "green"], [60, "red"]],
      queries: [{ expr: `md_host_clock_offset_seconds{${ofFeed}}`, legend: "{{feed}}" }]
    }
  ]
}

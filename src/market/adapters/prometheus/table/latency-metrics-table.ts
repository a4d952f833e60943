import { listedLabel, metricTable } from "../../../../kernel/metric.ts"
import { feed } from "./labels.ts"

const hop = listedLabel(["ring", "normalise", "queue", "ack"], {
  en: "callback to read; checks of a batch; until handed over; until acknowledged",
  zh: "回调到读取；整批检查；到交给发布者；到流确认"
})

/** Where ticks spend their time. Measured on one tick of each batch, but for `md_callback_to_ack_seconds`. */
export const latencyMetrics = metricTable({
  md_callback_to_ack_seconds: {
    type: "histogram",
    unit: "seconds",
    en: "Time from the vendor's callback to the stream's acknowledgement",
    zh: "从期货公司库回调到流确认的时间"
  },
  md_hop_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: { hop },
    en: "Time of one hop on the way from callback to acknowledgement, one tick of each batch",
    zh: "从回调到确认途中一段的时间，每批取一条行情"
  },
  md_exchange_to_receive_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: { feed },
    en: "Time of receipt minus the exchange's time, newest tick of each batch; 0 where this host's clock is behind",
    zh: "收到时刻减交易所时刻，每批取最新一条；主机时钟落后时为 0"
  }
})

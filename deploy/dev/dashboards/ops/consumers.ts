import { ofAccount, type Row } from "../panel.ts"

const noConsumer = { en: "no durable consumer reads the stream", zh: "没有持久消费者读取该流" }

export const consumers: Row = {
  title: { en: "Consumers", zh: "消费者" },
  panels: [
    {
      kind: "trend",
      title: { en: "Consumer Lag", zh: "消费者积压" },
      about: {
        en: "Messages that a durable consumer has not received yet. Orange from 500, red from 2,000, the limit of a drill.",
        zh: "持久消费者尚未收到的消息数。500 起为橙色，2,000（演练的上限）起为红色。"
      },
      unit: "short",
      steps: ["green", [500, "orange"], [2000, "red"]],
      // A switch renames the labels feed and account: the line of a consumer goes on.
      queries: [{ expr: `max by (consumer) (consumer_backlog_messages{${ofAccount}})`, legend: "{{consumer}}" }],
      mayBeEmpty: noConsumer,
      width: 12
    },
    {
      kind: "trend",
      title: { en: "Consumer Error Rate", zh: "消费者错误" },
      about: {
        en: "Messages that NATS had to deliver again and that are still not acknowledged: the consumer failed, or took longer than its time limit. 0 is right.",
        zh: "NATS 不得不重新投递且仍未确认的消息数：消费者处理失败或超时。正常为 0。"
      },
      unit: "short",
      steps: ["green", [1, "orange"], [100, "red"]],
      queries: [{ expr: `max by (consumer) (consumer_redelivered_messages{${ofAccount}})`, legend: "{{consumer}}" }],
      mayBeEmpty: noConsumer,
      width: 12
    }
  ]
}

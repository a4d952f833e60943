import { ofInstance, type Row, zeroIsRight } from "../panel.ts"

export const tradeApi: Row = {
  title: { en: "HTTP API", zh: "HTTP 接口" },
  panels: [
    {
      kind: "trend",
      title: { en: "Answers a second", zh: "每秒应答数" },
      about: {
        en: "Answers by class of their status. 5xx is a closed gate, a part that is away, or a bug.",
        zh: "按状态码类别统计的应答。5xx 表示闸门关闭、某部分不可用或程序缺陷。"
      },
      unit: "short",
      steps: ["blue"],
      queries: [{ expr: `sum by (status) (rate(trade_api_answers_total{${ofInstance}}[5m]))`, legend: "{{status}}" }]
    },
    {
      kind: "bars",
      title: { en: "Requests refused by code, 1 h", zh: "被拒绝的请求（按代码），1 小时" },
      about: {
        en: "Requests that were refused within an hour. Many TOKEN_UNKNOWN or WEBHOOK_SIGNATURE are an attempt, or a wrong secret: TRADE_Webhooks_Refused.",
        zh: "一小时内被拒绝的请求。大量 TOKEN_UNKNOWN 或 WEBHOOK_SIGNATURE 表示有人尝试，或密钥配置错误：TRADE_Webhooks_Refused。"
      },
      unit: "short",
      steps: ["green", [1, "yellow"]],
      queries: [
        { expr: `topk(12, sum by (code) (increase(trade_api_refused_total{${ofInstance}}[1h])))`, legend: "{{code}}" }
      ],
      mayBeEmpty: { en: "no request was refused yet", zh: "尚无请求被拒绝" }
    },
    {
      kind: "trend",
      title: { en: "Bugs, cut connections, not listening", zh: "缺陷、切断的连接、未监听" },
      about: {
        en: "Requests that failed by a bug, and connections that made room, within 5 minutes; 1 while the API does not listen.",
        zh: "5 分钟内因缺陷失败的请求与被切断的连接；接口未监听时为 1。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        { expr: `sum(increase(trade_api_bugs_total{${ofInstance}}[5m]))`, legend: "bugs" },
        { expr: `sum(increase(trade_api_cut_total{${ofInstance}}[5m]))`, legend: "cut" },
        { expr: `1 - trade_api_listening{${ofInstance}}`, legend: "not listening" }
      ]
    }
  ]
}

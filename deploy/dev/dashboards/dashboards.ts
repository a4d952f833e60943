// The dashboards of tickd. Their files in deploy/grafana/dashboards are written by `npm run generate`.
import { broker } from "./internals/broker.ts"
import { hops } from "./internals/hops.ts"
import { ledger } from "./internals/ledger.ts"
import { process } from "./internals/process.ts"
import { queues } from "./internals/queues.ts"
import { runningOut } from "./internals/running-out.ts"
import { tree } from "./internals/tree.ts"
import { alerts } from "./ops/alerts.ts"
import { consumers } from "./ops/consumers.ts"
import { coverage, products } from "./ops/coverage.ts"
import { failover } from "./ops/failover.ts"
import { now } from "./ops/now.ts"
import { accounts, runbooks } from "./ops/runbooks.ts"
import { type Annotation, type Dashboard, ofInstance, runbook } from "./panel.ts"
import { book } from "./trading/book.ts"
import { orders } from "./trading/orders.ts"
import { states } from "./trading/states.ts"
import { tradeApi } from "./trading/trade-api.ts"

const annotations: ReadonlyArray<Annotation> = [
  {
    title: { en: "Switches", zh: "切换" },
    expr: "sum by (kind, cause, result) (increase(md_feed_switches_total[1m])) > 0",
    text: "{{kind}} {{cause}} {{result}}",
    colour: "orange"
  },
  {
    title: { en: "Runbook runs", zh: "Runbook 运行" },
    expr: `changes(push_time_seconds{${runbook}}[1m]) > 0`,
    text: "{{instance}}",
    colour: "purple"
  }
]

const tradingAnnotations: ReadonlyArray<Annotation> = [
  {
    title: { en: "Kill switch", zh: "紧急停止" },
    expr: `changes(trade_kill_switch_engaged{${ofInstance}}[1m]) > 0`,
    text: "{{instance}}",
    colour: "red",
    mayBeEmpty: { en: "it did not change", zh: "状态未变化" }
  },
  {
    title: { en: "Breakers", zh: "熔断" },
    expr: `changes(trade_breakers_tripped{${ofInstance}}[1m]) > 0`,
    text: "{{instance}}",
    colour: "orange",
    mayBeEmpty: { en: "none changed", zh: "状态未变化" }
  }
]

export const dashboards: ReadonlyArray<Dashboard> = [
  {
    uid: "md-ops",
    title: "MD Ops",
    about: {
      en: "What an operator looks at: docs/operations/production-runbook.md. Every panel is explained in docs/reference/panels.md. Times are those of Shanghai.",
      zh: "值班人员所看的页面：见 docs/operations/production-runbook.md。各面板的说明见 docs/reference/panels.md。时间为北京时间。"
    },
    chooses: "feeds",
    rows: [now, alerts, coverage, products, failover, consumers, runbooks, accounts],
    annotations
  },
  {
    uid: "tickd-internals",
    title: "tickd internals",
    about: {
      en: "Where ticks wait, what was lost, what restarts and what runs out. Every panel is explained in docs/reference/panels.md. Times are those of Shanghai.",
      zh: "行情在何处等待、丢失了什么、什么在重启、什么即将用尽。各面板的说明见 docs/reference/panels.md。时间为北京时间。"
    },
    chooses: "feeds",
    rows: [tree, ledger, hops, queues, broker, process, runningOut],
    annotations
  },
  {
    uid: "tickd-trading",
    title: "Trading",
    about: {
      en: "Whether orders may leave, how they flow, and what the venue answers: docs/trading. Every panel is explained in docs/reference/panels.md. Times are those of Shanghai.",
      zh: "订单能否发出、订单的流转以及交易场所的应答：见 docs/trading。各面板的说明见 docs/reference/panels.md。时间为北京时间。"
    },
    chooses: "instances",
    rows: [states, orders, book, tradeApi],
    annotations: tradingAnnotations
  }
]

// What an operator chooses above a dashboard. Each variable but the source follows the ones before it.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort
} from "@grafana/grafana-foundation-sdk/dashboard"
import { type Dashboard, worker } from "./panel.ts"

/** The data source of `deploy/grafana/provisioning/datasources`. */
export const sourceUid = "tickd-prometheus"

interface VariableQuery {
  readonly label: string
  readonly metric: string
  readonly matchers: string
  readonly title: string
}

/** Where the values of each variable come from: a label of a metric. */
const feeds: Readonly<Record<string, VariableQuery>> = {
  feed: { label: "feed", metric: "md_session_state", matchers: "", title: "Feed · 行情源" },
  account: { label: "account", metric: "md_session_state", matchers: `feed=~"$feed"`, title: "Account · 账户" },
  session: {
    label: "session_window",
    metric: "md_subscription_coverage_ratio",
    matchers: worker,
    title: "Session · 交易时段"
  }
}
const instances: Readonly<Record<string, VariableQuery>> = {
  instance: { label: "instance", metric: "trade_ready", matchers: "", title: "Daemon · 守护进程" }
}

export const variables = (source: { readonly type: string; readonly uid: string }, chooses: Dashboard["chooses"]) => [
  new DatasourceVariableBuilder("datasource")
    .label("Prometheus")
    .type("prometheus")
    .current({ selected: true, text: "Prometheus", value: sourceUid }),
  ...Object.entries(chooses === "feeds" ? feeds : instances).map(([name, { label, matchers, metric, title }]) =>
    new QueryVariableBuilder(name)
      .label(title)
      .datasource(source)
      .query(`label_values(${metric}${matchers === "" ? "" : `{${matchers}}`}, ${label})`)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(".*")
      .current({ selected: true, text: "All", value: "$__all" })
  )
]

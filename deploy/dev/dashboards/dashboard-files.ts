import { dashboards } from "./dashboards.ts"
import { dashboardJson } from "./grafana.ts"

/** The file of each dashboard, with its text. */
export const dashboardFiles = dashboards.map((dashboard) => ({
  path: `deploy/grafana/dashboards/${dashboard.uid}.json`,
  text: dashboardJson(dashboard)
}))

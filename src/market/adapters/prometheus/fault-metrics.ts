import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { AddMetric } from "./metric-parts.ts"

const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((all, one) => all + one, 0)

/**
 * `md_error_count_total` of the runbook: the daemon's faults by component, each from the counter that has the detail.
 * Critical is what costs ticks.
 */
export const addFaultMetrics = (metric: AddMetric, status: () => StatusMessage): void =>
  metric("md_error_count_total", (add) => {
    const { broker, integrity, ledger, spool } = status()
    const lost = ledger.reduce(
      (all, { dropped_total, exceptions }) => all + dropped_total + (exceptions?.["write"] ?? 0),
      0
    )
    const thrown = ledger.reduce((all, { exceptions }) => all + sum(exceptions) - (exceptions?.["write"] ?? 0), 0)
    add(lost, { component: "publisher", severity: "critical" })
    add(broker.errors + (spool?.errors ?? 0), { component: "repository", severity: "error" })
    add(thrown, { component: "intake", severity: "error" })
    add(integrity?.dropped ?? 0, { component: "integrity", severity: "error" })
  })

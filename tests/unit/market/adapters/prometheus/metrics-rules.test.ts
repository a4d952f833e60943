// A counter that appears with its first event hides it from increase(), and a series whose labels change is two
// series: the alert for the first loss needs a zero to start from.
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { healthMetricSection } from "../../../../../src/cli/health/health-metric-table.ts"
import { healthMetricsText } from "../../../../../src/cli/health/health-metrics.ts"
import { LatencyHistogram } from "../../../../../src/kernel/latency-histogram.ts"
import { gapCauses } from "../../../../../src/kernel/tick/gap.ts"
import { laws } from "../../../../../src/kernel/tick/law.ts"
import { makeMetrics } from "../../../../../src/market/adapters/prometheus/metrics.ts"
import { limit, place, reason } from "../../../../../src/market/adapters/prometheus/table/labels.ts"
import { LineLatency } from "../../../../../src/market/application/intake/line-latency.ts"
import { metricBounds } from "../../../../../src/market/layers/status/metric-bounds.ts"
import { projectVersion } from "../../../../../src/platform/process/project-version.ts"
import type { StatusMessage } from "../../../../../src/protocol/market/status.ts"
import { declarationFaults, isRunbookName } from "../../../../support/declared-metrics.ts"
import { familiesOf, metricFaults } from "../../../../support/metric-rules.ts"
import { findMonitoringTools, howToFetch } from "../../../../support/monitoring-tools.ts"
import { statusMessage } from "../../../../support/status-message.ts"

const all = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, 7]))
const { kinds, causes, results } = metricBounds.switches

/** A daemon with two feeds, without any event or with every event. */
const statusOf = (happened: boolean): StatusMessage => {
  const count = happened ? 7 : 0
  const counts = (names: ReadonlyArray<string>) => (happened ? all(names) : {})
  const ledger = ["primary", "backup"].map((feed) => ({
    feed,
    received: count,
    published: count,
    duplicate: count,
    quarantined: counts(metricBounds.reasons),
    quarantined_total: count,
    conflated: count,
    dropped: counts(metricBounds.places),
    dropped_total: count,
    in_flight: 0,
    in_flight_at: { ring: 0, queue: 0, publisher: 0 },
    flagged: counts(laws),
    exceptions: happened ? { judge: 1, integrity: 1, write: 1 } : {},
    balanced: true
  }))
  const sessions = ["primary", "backup"].map((feed, index) => ({
    feed,
    account: "1***9",
    role: (index === 0) === happened ? ("standby" as const) : ("active" as const),
    state: "streaming",
    since: "",
    attempts: 0,
    trading_day: null,
    last_error: null,
    api_version: "",
    worker_pid: 1,
    subscriptions: {
      wanted: 2,
      acknowledged: 1,
      rejected: 0,
      escalations: count,
      rate_limit_hits: counts(metricBounds.limits)
    }
  }))
  return {
    ...statusMessage,
    tickd_version: projectVersion,
    broker: { ...statusMessage.broker, resent: count, errors: count, reconnects: count, foreign_writes: count },
    ledger,
    failover: {
      mode: "hot",
      feeds: ["primary", "backup"],
      active: "primary",
      state: "settled",
      switching_to: null,
      held: false,
      required: false,
      switches: happened
        ? kinds.flatMap((kind) =>
            causes.flatMap((cause) => results.map((result) => ({ kind, cause, result, count: 1 })))
          )
        : [],
      last_failover: null,
      last_failback: null
    },
    sessions,
    tree: [{ path: "root/health", state: "running", since: "", restarts: count, last_reason: null }]
  }
}

const scrape = async (happened: boolean) => {
  const gaps = ["primary", "backup"].map((feed) => ({
    feed,
    reportedBy: new Map(happened ? gapCauses.map((cause) => [cause, 7] as const) : []),
    liquidBy: new Map(happened ? gapCauses.map((cause) => [cause, 3] as const) : [])
  }))
  const status = () => statusOf(happened)
  const { text } = await makeMetrics({
    status,
    latency: new LatencyHistogram(),
    line: new LineLatency(),
    gaps,
    bounds: metricBounds
  }).read()
  return text
}
const countersOf = (text: string) =>
  [...familiesOf(text).values()].flatMap(({ type, series }) => (type === "counter" ? series : [])).sort()

const query = { feedLabel: "all", accountLabel: "", sessionWindow: "day" } as Parameters<typeof healthMetricsText>[0]
const report = { coverage_ratio: 1, missing_contracts: [], stalled_contracts: [] } as unknown as Parameters<
  typeof healthMetricsText
>[1]
const pushed = healthMetricsText(query, report)

describe("the metrics", () => {
  it("U8: every series of a counter is there before its first event, and no event changes its labels", async () => {
    const before = countersOf(await scrape(false))
    assert.isAbove(before.length, 100)
    assert.include(before, 'md_ticks_dropped_total{feed="backup",where="overflow"}')
    assert.deepStrictEqual(countersOf(await scrape(true)), before)
    assert.notMatch(before.join("\n"), /role=/)
  })

  it("U8: pass the rules of promtool but for the names of the runbook, the pushed ones under names of their own too", async () => {
    const served = await scrape(false)
    const faults = metricFaults(`${served}\n${pushed}`)
    assert.deepStrictEqual(
      faults.filter((fault) => !isRunbookName(fault)),
      []
    )
    assert.lengthOf(faults, 5)
    const own = familiesOf(served)
    const shared = [...familiesOf(pushed).keys()].filter((name) => own.has(name))
    assert.deepStrictEqual(shared, ["md_subscription_coverage_ratio"])
  })

  it("are those that are declared, with their types and labels, whatever happened", async () => {
    for (const happened of [false, true]) {
      const faults = declarationFaults(await scrape(happened), "daemon")
      // This daemon has neither a catalogue nor consumers nor hours nor subscriptions.
      const absent = [
        "consumer_backlog_messages",
        "consumer_redelivered_messages",
        "md_contracts",
        "md_product_gap",
        "md_product_wanted",
        "md_trading"
      ]
      assert.deepStrictEqual(
        faults,
        absent.map((name) => `${name} is declared and not served`)
      )
    }
    assert.deepStrictEqual(declarationFaults(pushed, healthMetricSection), [])
  })

  it("have as many values of a label as their lists", () => {
    assert.strictEqual(reason.most, metricBounds.reasons.length)
    assert.strictEqual(place.most, metricBounds.places.length)
    assert.strictEqual(limit.most, metricBounds.limits.length)
  })

  it("U4: tickd_build_info names the version", async () => {
    assert.include(
      await scrape(false),
      `tickd_build_info{version="${projectVersion}",node="${process.versions.node}"} 1`
    )
  })

  it("the rules find what promtool finds", async () => {
    const wrong =
      "# TYPE a_total gauge\na_total 1\n# HELP b_ms x\n# TYPE b_ms gauge\nb_ms 1\n# HELP c x\n# TYPE c counter\nc 1\n"
    assert.lengthOf(metricFaults(wrong), 4)
    const { promtool } = findMonitoringTools(["promtool"])
    if (promtool === undefined) {
      console.log(`skipped: promtool is not here, '${howToFetch}' brings it; the same rules were checked`)
      return
    }
    const said = spawnSync(promtool, ["check", "metrics"], { input: wrong, encoding: "utf8" })
    assert.lengthOf((said.stdout + said.stderr).trim().split("\n"), 4)
    for (const text of [await scrape(true), pushed]) {
      const { stderr, stdout } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" })
      const lines = `${stdout}${stderr}`.trim().split("\n")
      assert.deepStrictEqual(
        lines.filter((line) => !isRunbookName(line)),
        []
      )
    }
  })
})

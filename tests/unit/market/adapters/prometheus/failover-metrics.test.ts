// A backup feed is proven by a switch that brought ticks. One that brought none is the opposite of a proof.
import { assert, describe, it } from "vitest"
import { addFailoverMetrics } from "../../../../../src/market/adapters/prometheus/failover-metrics.ts"
import { metricBounds } from "../../../../../src/market/layers/status/metric-bounds.ts"
import type { FailoverMessage, SwitchMessage } from "../../../../../src/protocol/market/failover.ts"

const committed = "2026-11-24T10:40:05.250+08:00"
const record = (of: Partial<SwitchMessage>): SwitchMessage => ({
  id: "1",
  kind: "failover",
  from: "primary",
  to: "backup",
  cause: "drill",
  forced: false,
  result: "committed",
  asked_at: "2026-11-24T10:40:05.000+08:00",
  committed_at: committed,
  ended_at: committed,
  latency_ms: 250,
  gap_ms: 0,
  why: null,
  ...of
})

const provenBy = (last: Pick<FailoverMessage, "last_failover" | "last_failback">) => {
  const samples: Array<[number, Record<string, string>]> = []
  addFailoverMetrics(
    (name, read) => {
      if (name === "md_feed_proven_timestamp_seconds") void read((value, labels) => samples.push([value, labels]))
    },
    () => ({
      mode: "hot",
      feeds: ["primary", "backup"],
      active: "primary",
      state: "settled",
      switching_to: null,
      held: false,
      required: false,
      switches: [],
      ...last
    }),
    metricBounds
  )
  return samples
}

describe("a feed", () => {
  it("is proven when it took over and delivered a tick", () => {
    const seconds = Date.parse(committed) / 1000
    const failback = record({ kind: "failback", from: "backup", to: "primary" })
    assert.deepStrictEqual(provenBy({ last_failover: record({}), last_failback: failback }), [
      [seconds, { feed: "backup" }],
      [seconds, { feed: "primary" }]
    ])
  })

  it("is not proven by a switch without a tick, and not before the first", () => {
    const silent = record({ forced: true, latency_ms: null })
    assert.deepStrictEqual(provenBy({ last_failover: silent, last_failback: null }), [])
    assert.deepStrictEqual(provenBy({ last_failover: null, last_failback: null }), [])
  })
})

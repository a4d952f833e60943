// Latencies are counted outside of prom-client. A version that reads its histograms in another way would show empty
// buckets and silence every latency alert.
import { assert, it } from "@effect/vitest"
import { Registry } from "prom-client"
import { makeReadHistogram } from "../../../../../src/market/adapters/prometheus/prom-client-internals.ts"

it("prom-client asks a histogram for its values by `getForPromString` and `get`", async () => {
  const say = "prom-client changed: repair src/market/adapters/prometheus/prom-client-internals.ts"
  const registry = new Registry()
  const read = { countUpTo: (bound: number) => bound * 10, count: () => 9, sum: () => 4.5 }
  registry.registerMetric(
    makeReadHistogram({ name: "wait_seconds", help: "Wait", bounds: [0.1, 0.5], series: () => [read] }) as never
  )
  assert.strictEqual(
    await registry.metrics(),
    [
      "# HELP wait_seconds Wait",
      "# TYPE wait_seconds histogram",
      'wait_seconds_bucket{le="0.1"} 1',
      'wait_seconds_bucket{le="0.5"} 5',
      'wait_seconds_bucket{le="+Inf"} 9',
      "wait_seconds_sum 4.5",
      "wait_seconds_count 9",
      ""
    ].join("\n"),
    say
  )
  const [json] = await registry.getMetricsAsJSON()
  assert.deepInclude(json as object, { name: "wait_seconds", type: "histogram" }, say)
  assert.lengthOf((json as { readonly values: ReadonlyArray<unknown> }).values, 5, say)
})

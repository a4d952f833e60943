import type { Registry } from "prom-client"
import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import { optionsOf } from "./declared-metrics.ts"
import { makeReadHistogram } from "./prom-client-internals.ts"
import { latencyMetrics } from "./table/latency-metrics-table.ts"

/** Histograms of the line, each kept beside the ticks and read at a scrape. */
export interface LineLatencies {
  readonly ring: LatencyHistogram
  readonly normalise: LatencyHistogram
  readonly queue: LatencyHistogram
  readonly ack: LatencyHistogram
  /** By the index of the feed. */
  readonly skew: (feed: number) => LatencyHistogram
}

/** Bounds in seconds, around the targets of `docs/reference/benchmarks.md`. */
const boundsS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.012, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
/** A hop is often below a tenth of a millisecond. */
const hopBoundsS = [0.00005, 0.0001, 0.0002, ...boundsS]
/** Exchanges stamp ticks in steps of 0.25 to 1 second. */
const skewBoundsS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30]

const counted = (histogram: LatencyHistogram, labels: Readonly<Record<string, string>> = {}) => ({
  labels,
  countUpTo: (boundS: number) => histogram.countUpTo(boundS * 1000),
  count: () => histogram.samples,
  sum: () => histogram.sumMs / 1000
})

export const addLatencyMetrics = (
  registry: Registry,
  {
    feeds,
    latency,
    line
  }: {
    readonly latency: LatencyHistogram
    readonly line: LineLatencies | undefined
    /** Names, by their index. */
    readonly feeds: () => ReadonlyArray<string>
  }
): void => {
  const add = (
    name: keyof typeof latencyMetrics,
    bounds: ReadonlyArray<number>,
    series: Parameters<typeof makeReadHistogram>[0]["series"]
  ) => registry.registerMetric(makeReadHistogram({ ...optionsOf(latencyMetrics, name), bounds, series }) as never)
  add("md_callback_to_ack_seconds", boundsS, () => [counted(latency)])
  if (line === undefined) return
  const { ack, normalise, queue, ring } = line
  add("md_hop_seconds", hopBoundsS, () =>
    Object.entries({ ring, normalise, queue, ack }).map(([hop, histogram]) => counted(histogram, { hop }))
  )
  add("md_exchange_to_receive_seconds", skewBoundsS, () =>
    feeds().map((feed, index) => counted(line.skew(index), { feed }))
  )
}

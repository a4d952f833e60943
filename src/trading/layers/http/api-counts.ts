import { Context, Layer } from "effect"
import type { ApiReadings } from "../../adapters/prometheus/api-metric-table.ts"

/** What the API did, for metrics. Labels are bounded: routes of the table, statuses and codes of ours. */
export class ApiCounts extends Context.Service<
  ApiCounts,
  {
    -readonly [Name in keyof Omit<ApiReadings, "answers" | "refusals">]: ApiReadings[Name]
  } & {
    readonly answers: Map<string, number>
    readonly refusals: Map<string, number>
  }
>()("tickd/trading/ApiCounts") {
  static readonly layer = Layer.sync(ApiCounts, () => ({
    listening: false,
    answers: new Map(),
    refusals: new Map(),
    cuts: 0,
    bugs: 0
  }))
}

/** One more of this key. */
export const note = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

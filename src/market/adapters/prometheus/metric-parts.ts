import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { daemonPortMetrics } from "./table/market-metrics.ts"

/** Adds one sample. */
export type Add = (value: number, labels: Record<string, string>) => void

type Session = StatusMessage["sessions"][number]

/** The session whose ticks are published. With one feed it has no role. */
export const activeSession = (sessions: ReadonlyArray<Session>): Session | undefined =>
  sessions.find(({ role }) => role === undefined || role === "active")

/** How `makeMetrics` adds a declared metric that is read at each scrape. */
export type AddMetric = (name: keyof typeof daemonPortMetrics, read: (add: Add) => void | Promise<void>) => void

/** Every value of a label whose list is not in the domain. */
export interface Bounds {
  /** Reasons for quarantine. */
  readonly reasons: ReadonlyArray<string>
  /** Places where a tick is lost. */
  readonly places: ReadonlyArray<string>
  /** Limits that hold requests back. */
  readonly limits: ReadonlyArray<string>
  readonly switches: {
    readonly kinds: ReadonlyArray<string>
    readonly causes: ReadonlyArray<string>
    readonly results: ReadonlyArray<string>
  }
}

/**
 * A counter that appears with its first event hides that event: `increase()` needs the 0 before it. So every possible
 * label value is counted from 0. A value that is not in the list is shown too.
 */
export const withZeros = (
  names: ReadonlyArray<string>,
  counts: Readonly<Record<string, number | undefined>>
): ReadonlyArray<readonly [name: string, count: number]> => [
  ...names.map((name) => [name, counts[name] ?? 0] as const),
  ...Object.entries(counts)
    .filter(([name]) => !names.includes(name))
    .map(([name, count]) => [name, count ?? 0] as const)
]

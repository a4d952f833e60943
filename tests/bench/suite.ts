import type { Effect, Scope } from "effect"

/** The measured forms; the others are not meant for the limit (docs/decisions/0006). */
export type BenchFormat = "json" | "compact"

/** Figures of JSON, the default form, have the plain name. */
export const prefixOf = (format: BenchFormat): string => (format === "json" ? "" : `${format}_`)

/** Result of a suite: rows for people, and figures for `--json`, whose names end in their unit. */
export interface Measured {
  readonly rows: ReadonlyArray<readonly [what: string, value: string]>
  readonly figures: Readonly<Record<string, number>>
}

export interface SuiteOptions {
  /** Folder for CPU profiles of the processes under measurement; undefined: none. A profile costs about a tenth. */
  readonly profileDir: string | undefined
  readonly formats: ReadonlyArray<BenchFormat>
  /** Duration of the memory measurement. */
  readonly soakMs: number
  /** Called with each step, to show progress. */
  readonly say: (line: string) => void
}

/**
 * One subject of `npm run bench`: a separate file in this folder, listed in `main.ts`. Figures of two suites never
 * share a name.
 */
export interface Suite {
  readonly name: string
  readonly about: string
  readonly run: (options: SuiteOptions) => Effect.Effect<Measured, unknown, Scope.Scope>
}

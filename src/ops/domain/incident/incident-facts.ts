import type { Bilingual } from "../../../kernel/bilingual.ts"
import type { TimelineFact } from "./timeline.ts"

/** A finished switch of the active feed. `latencyMs` null: no tick of the new feed arrived. */
export interface SwitchFact {
  readonly atMs: number
  readonly kind: string
  readonly result: string
  readonly latencyMs: number | null
}

/** The last record of a gap. `toMs` null: still open. `count` null: number of ticks unknown. */
export interface GapFact {
  readonly id: string
  readonly feed: string
  readonly instrument: string | null
  readonly cause: string
  readonly fromMs: number
  readonly toMs: number | null
  readonly count: number | null
  /** Another feed received everything meanwhile. */
  readonly coveredBy: string | null
}

export interface CertificateFact {
  readonly tradingDay: string
  readonly session: string
  readonly feed: string
  readonly issuedMs: number
  readonly complete: boolean
  readonly because: ReadonlyArray<string>
}

/** A line of `startup_audit.log`. */
export interface RunbookRun {
  readonly atMs: number
  readonly action: string
  readonly exitCode: number
}

/** The daemon at the time of the report. `activeFeed` undefined: it has one feed. */
export interface DaemonFact {
  readonly instance: string
  readonly ready: boolean
  readonly reasons: ReadonlyArray<string>
  readonly activeFeed: string | undefined
}

/** What the system knows of a time range. Gaps overlap it; everything else lies within it. */
export interface IncidentFacts {
  /** In any order, and a fact may be there twice. */
  readonly timeline: ReadonlyArray<TimelineFact>
  readonly switches: ReadonlyArray<SwitchFact>
  readonly gaps: ReadonlyArray<GapFact>
  readonly certificates: ReadonlyArray<CertificateFact>
  readonly quarantine: ReadonlyArray<{ readonly reason: string; readonly count: number }>
  readonly runs: ReadonlyArray<RunbookRun>
  /** Undefined: no daemon answers. */
  readonly daemon: DaemonFact | undefined
  readonly auditFiles: ReadonlyArray<string>
  /** What could not be read. */
  readonly notes: ReadonlyArray<Bilingual>
}

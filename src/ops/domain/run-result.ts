import type { RunbookExitName } from "./exit-codes.ts"
import type { RunFacts } from "./run-facts.ts"
import type { Feed, RunbookCommand } from "./runbook-words.ts"

/**
 * How a run ends.
 * `succeeded`: the new state runs, or ran already. `noSession`: nothing to do today. `refused`: another run holds the
 * lock. `failed`, `interrupted`: nothing was changed. `rolledBack`: what ran before runs again. `rollbackFailed`: it
 * does not, and a person must look.
 */
export type RunEnd = "succeeded" | "noSession" | "refused" | "failed" | "interrupted" | "rolledBack" | "rollbackFailed"

/** What is known when a run is over. `why` is empty for a success. */
export interface RunResult {
  readonly command: RunbookCommand
  readonly end: RunEnd
  readonly exit: RunbookExitName
  readonly why: string
  /** The stage that was the current one at the end. */
  readonly stage: string
  /** The stages of the plan: all of them are proved after a success. */
  readonly plan: ReadonlyArray<string>
  readonly facts: RunFacts
  /** The snapshot that a rollback starts; omit: the twin of a mock or a rehearsal. */
  readonly to?: number | undefined
  /** False: everything ran already, and nothing was started, stopped or switched. */
  readonly changed: boolean
}

/** Nothing when the plan has no stage that measures it, as after `--skip-live`. */
const ready = ({ facts, plan }: RunResult): ReadonlyArray<string> => {
  if (!plan.includes("subscription")) return []
  return [facts.marketClosed === true ? "HEALTH=READY (market closed)" : "HEALTH=READY"]
}
/** Only what was seen to end is said to have ended well. */
const ended = ({ facts }: RunResult, ...more: ReadonlyArray<string>): ReadonlyArray<string> =>
  facts.drained === true ? [...more, "GRACEFUL_SHUTDOWN=OK"] : ["tickd did not run: nothing was drained"]
const switched = (text: string, ms: number | undefined) => (ms === undefined ? [] : [`${text} completed in ${ms}ms`])

const rotatedLines = ({ plan }: RunResult): ReadonlyArray<string> =>
  plan.flatMap((stage) => {
    if (stage === "rotateBackup") return ["ROTATE=OK feed=backup"]
    return stage === "rotatePrimary" ? ["ROTATE=OK feed=primary"] : []
  })

/** Nothing was switched: the feed was the active one when the run began. */
const already = (feed: Feed, { changed }: RunResult): ReadonlyArray<string> =>
  changed ? [] : [`${feed} is the active feed already: nothing was switched`]

const successLines = (result: RunResult): ReadonlyArray<string> => {
  const { changed, command, facts } = result
  switch (command) {
    case "start":
      return [...(changed ? [] : ["Everything runs already: nothing was changed"]), ...ready(result)]
    case "restart":
      return [
        ...ended(result),
        ...(facts.gapMs === undefined ? [] : [`RESTART=OK gap_ms=${facts.gapMs}`]),
        ...ready(result)
      ]
    case "stop":
      return ended(result, "UNSUBSCRIBED")
    case "failover":
      return [...already("backup", result), ...switched("Failover", facts.failoverMs), ...ready(result)]
    case "failback":
      return [...already("primary", result), ...switched("Failback", facts.failbackMs), ...ready(result)]
    case "drill":
      return [
        ...switched("Drill failover", facts.failoverMs),
        ...switched("Failback", facts.failbackMs),
        "Failover drill completed successfully"
      ]
    case "rotate":
      return rotatedLines(result)
    case "rollback":
      return [`ROLLBACK=OK to=${result.to ?? "last"}`, ...ready(result)]
    default:
      return []
  }
}

/** Printed when a rollback begins. `before`: the feed that was active when the run began. */
export const rollbackLine = (before: Feed, stage: string): string => `Attempting rollback to ${before} (${stage})`

/**
 * The lines that scripts search for, without the last one (`Orchestration completed in …`).
 * `before`: the feed that was active when the run began.
 */
export const markerLines = (result: RunResult, before: Feed): ReadonlyArray<string> => {
  const { end, stage, why } = result
  switch (end) {
    case "succeeded":
      return successLines(result)
    case "noSession":
      return ["SESSION=NONE"]
    case "rolledBack":
      return [why, rollbackLine(before, stage), `Rollback to ${before} succeeded`]
    case "rollbackFailed":
      return [why, rollbackLine(before, stage), `Rollback to ${before} failed: manual intervention required`]
    default:
      return [why]
  }
}

import type { StageName } from "../plan.ts"
import type { DrillEvidence } from "./evidence.ts"

/** What one stage of a drill has found, with the names of the report. */
export type StageNote = Readonly<Record<string, string | number | boolean | null | ReadonlyArray<string>>>

/** What the proofs of a drill have found so far: the report of a drill that fails holds it too. */
export class DrillJournal {
  readonly notes = new Map<StageName, StageNote>()
  /** Why the drill would have been refused; empty unless it was forced. */
  forcedOver: ReadonlyArray<string> = []
  /** Undefined until the reader of the stream has begun. */
  readEvidence: (() => DrillEvidence) | undefined
  isCold = false

  note(stage: StageName, note: StageNote): void {
    this.notes.set(stage, { ...this.notes.get(stage), ...note })
  }
}

import { besideStages } from "../../../machines/ops/beside-stages.ts"
import type { Stage } from "../../ops/domain/plan.ts"

/** What a step of a run shows of its machine. */
interface ProgressStep {
  readonly state: string
  readonly context: {
    readonly stages: ReadonlyArray<Stage>
    readonly index: number
    readonly attempt: number
    readonly outcome: string
    readonly rollback: string
    readonly why: string
    readonly lastFault: string
  }
}

/** The line of a component's status, as the scripts of the reference service print it. */
const statusLine = (component: string, status: string, details: string): string =>
  `Component: ${component}, Status: ${status}, Details: ${details}`

/** Prints a status line for each attempt of a stage, for its end, and for a rollback. */
export const makeRunProgress = (print: (line: string) => void) => {
  let open: { readonly stage: Stage; readonly attempt: number } | undefined

  /** `details` undefined: the stage is proved. */
  const close = (status: "READY" | "SKIPPED" | "FAILED", details?: string) => {
    if (open !== undefined) print(statusLine(open.stage.name, status, details ?? open.stage.proof.en))
    open = undefined
  }
  return ({ context, state }: ProgressStep): void => {
    const { attempt, index, lastFault, outcome, rollback, stages, why } = context
    const stage = stages[index]
    if (stage === undefined) return
    if (!besideStages.has(state)) {
      if (open?.stage.name === stage.name && open.attempt === attempt) return
      close("READY")
      open = { stage, attempt }
      print(statusLine(stage.name, "STARTING", `attempt ${attempt} of ${stage.attemptsMax}`))
      return
    }
    if (state === "pausing") close("FAILED", lastFault)
    else if (open !== undefined) {
      if (outcome === "succeeded") close("READY")
      else close(outcome === "noSession" ? "SKIPPED" : "FAILED", why)
    }
    if (state === "restoring") print(statusLine("rollback", "STARTING", "what ran before is restored"))
    else if (state === "recording" && rollback !== "none") {
      print(
        rollback === "succeeded"
          ? statusLine("rollback", "READY", "what ran before runs again")
          : statusLine("rollback", "FAILED", lastFault)
      )
    }
  }
}

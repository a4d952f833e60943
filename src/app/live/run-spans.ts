import { besideStages } from "../../../machines/ops/beside-stages.ts"
import type { Stage } from "../../ops/domain/plan.ts"
import type { SpanExport } from "../../platform/trace/span.ts"

/** What a step of a run shows of its machine. Unit: epoch milliseconds. */
interface TracedStep {
  readonly atMs: number
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

/** A run that is over. Units: epoch milliseconds. */
interface TracedRun {
  readonly user: string
  readonly window: string
  readonly profile: string
  readonly startMs: number
  readonly endMs: number
  readonly exitCode: number
  readonly result: { readonly command: string; readonly end: string; readonly why: string; readonly changed: boolean }
}

interface Part {
  readonly name: string
  readonly attempt: number
  readonly startMs: number
  readonly endMs: number
  readonly failure: string | undefined
}

const isGood: ReadonlySet<string> = new Set(["succeeded", "noSession"])

/** Keeps the times of each attempt of a stage and of the rollback, and makes them into spans when the run is over. */
export const makeRunSpans = () => {
  const parts: Array<Part> = []
  let open: Pick<Part, "name" | "attempt" | "startMs"> | undefined

  const close = (endMs: number, failure: string | undefined) => {
    if (open !== undefined) parts.push({ ...open, endMs, failure })
    open = undefined
  }
  const failureAt = (state: string, { lastFault, outcome, rollback, why }: TracedStep["context"]) => {
    if (open?.name === "rollback") return rollback === "failed" ? lastFault : undefined
    if (state === "pausing") return lastFault
    return isGood.has(outcome) ? undefined : why
  }
  return {
    onStep: ({ atMs, context, state }: TracedStep): void => {
      const { attempt, index, stages } = context
      const name = besideStages.has(state) ? undefined : stages[index]?.name
      if (name !== undefined && open?.name === name && open.attempt === attempt) return
      close(atMs, failureAt(state, context))
      if (name !== undefined) open = { name, attempt, startMs: atMs }
      else if (state === "restoring") open = { name: "rollback", attempt: 1, startMs: atMs }
    },
    /** The run and its parts, as spans. */
    export: (spans: SpanExport, run: TracedRun): void => {
      const { endMs, exitCode, profile, result, startMs, user, window } = run
      const whole = spans.open({
        name: `runbook ${result.command}`,
        startMs,
        attributes: {
          "tickd.runbook.command": result.command,
          "tickd.runbook.user": user,
          "tickd.runbook.window": window,
          "tickd.runbook.profile": profile,
          "tickd.runbook.outcome": result.end,
          "tickd.runbook.exit_code": exitCode,
          "tickd.runbook.changed": result.changed
        }
      })
      for (const part of parts) {
        const attributes = { "tickd.runbook.stage": part.name, "tickd.runbook.attempt": part.attempt }
        const of = { name: part.name, parent: whole, startMs: part.startMs, attributes }
        spans.open(of).end(part.endMs, part.failure)
      }
      whole.end(endMs, exitCode === 0 ? undefined : `${exitCode}: ${result.why}`)
    }
  }
}

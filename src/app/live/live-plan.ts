import { Effect } from "effect"
import { Command } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { markersOf } from "../../ops/domain/markers.ts"
import { planOf, type Stage } from "../../ops/domain/plan.ts"
import { windows } from "../../ops/domain/runbook-words.ts"
import { managedOf } from "./prepare-run.ts"
import { commandFlags, requestOf, valueFlags } from "./runbook-flags.ts"

/** What a plan with `--json` prints. Units: seconds; times of day in Asia/Shanghai. */
interface PlanReply {
  readonly request: LiveRequest
  readonly hours: { readonly start: string; readonly end: string; readonly checkpoint: string }
  readonly stages: ReadonlyArray<{
    readonly stage: string
    readonly deadline_s: number
    readonly attempts: number
    readonly changes: boolean
    readonly exit_codes: ReadonlyArray<number>
    readonly proof: string
    readonly proof_zh: string
  }>
  /** What the runbook may print for scripts, and when. */
  readonly markers: ReadonlyArray<{ readonly text: string; readonly when: string; readonly when_zh: string }>
}

const stageRow = ({ name, deadlineMs, attemptsMax, changes, exits, proof }: Stage): PlanReply["stages"][number] => ({
  stage: name,
  deadline_s: deadlineMs / 1000,
  attempts: attemptsMax,
  changes,
  exit_codes: exits.map((exit) => runbookExits[exit].code),
  proof: proof.en,
  proof_zh: proof.zh
})

const planText = ({ hours, markers, request, stages }: PlanReply): string =>
  [
    `${request.command}: ${request.window} session ${hours.start} to ${hours.end}, profile ${request.profile}, feed ${request.config} afterwards${request.mock ? ", mock" : ""}`,
    ...aligned(
      [
        ["stage", "deadline", "attempts", "exit code", "changes", "done when"],
        ...stages.map(({ attempts, changes, deadline_s, exit_codes, proof, stage }) => [
          stage,
          `${deadline_s} s`,
          String(attempts),
          exit_codes.join(", "),
          changes ? "yes" : "no",
          proof
        ])
      ],
      [1, 2]
    ),
    "",
    ...aligned([["marker", "printed when"], ...markers.map(({ text, when }) => [text, when])])
  ].join("\n")

/** `tickd live plan` */
export const plan = Command.make("plan", { json: jsonFlag, values: valueFlags, set: commandFlags }, (given) =>
  Effect.gen(function* () {
    const request = yield* requestOf(given)
    const managed = yield* managedOf(request, (yield* Invocation).env)
    const reply: PlanReply = {
      request,
      hours: windows[request.window],
      stages: planOf(request, managed).map(stageRow),
      markers: markersOf(request.command).map(({ text, when }) => ({ text, when: when.en, when_zh: when.zh }))
    }
    yield* present(given.json, reply, planText)
  })
).pipe(
  Command.withDescription("Show the stages of a runbook, each with its deadline, proof and exit code; changes nothing")
)

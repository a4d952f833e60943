import { Effect, Option, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { present } from "../cli/invocation.ts"
import { jsonFlag } from "../cli/terminal/flags.ts"
import { aligned } from "../cli/terminal/layout.ts"
import { runbookExits } from "../ops/domain/exit-codes.ts"
import { type LiveRequest, liveFlags, parseLiveFlags } from "../ops/domain/live-flags.ts"
import { markersOf } from "../ops/domain/markers.ts"
import { planOf, type Stage } from "../ops/domain/plan.ts"
import { windows } from "../ops/domain/runbook-words.ts"
import { UserError } from "../platform/process/user-error.ts"

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

/** The flags of the runbook as flags of the parser. Their values are texts: `parseLiveFlags` alone checks them. */
const valueFlags = Object.fromEntries(
  liveFlags
    .filter(({ values }) => values !== undefined)
    .map(({ default: preset, name, text, values = [] }) => {
      const allowed = values.length === 0 ? "" : `: ${values.join(" or ")}`
      const shown = preset === undefined ? "" : ` (default: ${preset})`
      const flag = Flag.String(name).pipe(Flag.withDescription(`${text.en}${allowed}${shown}`), Flag.optional)
      return [name, flag] as const
    })
)
const commandFlags = Object.fromEntries(
  liveFlags
    .filter(({ values }) => values === undefined)
    .map(
      ({ name, text }) =>
        [name, Flag.Boolean(name).pipe(Flag.withDescription(text.en), Flag.withDefault(false))] as const
    )
)

interface Given {
  readonly json: boolean
  readonly values: Readonly<Record<string, Option.Option<string>>>
  readonly set: Readonly<Record<string, boolean>>
}

/** The command line of the script that these flags are. */
const argumentsOf = ({ set, values }: Given): ReadonlyArray<string> => [
  ...Object.entries(values).flatMap(([name, text]) => (Option.isNone(text) ? [] : [`--${name}`, text.value])),
  ...Object.entries(set).flatMap(([name, isSet]) => (isSet ? [`--${name}`] : []))
]

const plan = Command.make("plan", { json: jsonFlag, values: valueFlags, set: commandFlags }, (given) =>
  Effect.gen(function* () {
    const parsed = parseLiveFlags(argumentsOf(given))
    if (Result.isFailure(parsed)) {
      const { exitCode, message } = parsed.failure
      return yield* new UserError({ code: "LIVE_FLAGS_REFUSED", message, exitCode })
    }
    const { request } = parsed.success
    const reply: PlanReply = {
      request,
      hours: windows[request.window],
      stages: planOf(request).map(stageRow),
      markers: markersOf(request.command).map(({ text, when }) => ({ text, when: when.en, when_zh: when.zh }))
    }
    yield* present(given.json, reply, planText)
  })
).pipe(
  Command.withDescription(
    "Show the stages of a runbook, each with its deadline, proof and exit code; reads nothing and changes nothing"
  )
)

/** `tickd live`: the runbooks of a production day. */
export const command = Command.make("live").pipe(
  Command.withDescription("The runbooks of a production day. This version shows their plans; it does not run them"),
  Command.withSubcommands([plan])
)

import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { endWith, Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import type { StageFault } from "../../ops/adapters/memory/memory-host.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import { planOf, type StageName } from "../../ops/domain/plan.ts"
import type { RunningState } from "../../ops/ports/runtime.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { type Rehearsal, rehearseRun } from "../../simulation/runbook/rehearse-run.ts"
import { managedOf } from "./prepare-run.ts"
import { commandFlags, requestOf, valueFlags } from "./runbook-flags.ts"

/** What `tickd live rehearse --json` prints. Units: milliseconds of virtual time after the start. */
interface RehearsalReply {
  readonly exit_code: number
  readonly end: string
  readonly steps: ReadonlyArray<{
    readonly at_ms: number
    readonly state: string
    readonly stage: string
    readonly attempt: number
  }>
  readonly lines: ReadonlyArray<string>
  readonly audit_lines: number
  readonly before: StateReply
  readonly after: StateReply
}

/** Null: it does not run. */
type StateReply = Readonly<Record<"nats" | "tickd" | "monitoring" | "console" | "active_feed", string | null>>

const down: RunningState = {
  nats: undefined,
  tickd: undefined,
  monitoring: undefined,
  console: undefined,
  activeFeed: undefined
}
const up: RunningState = {
  nats: "running",
  tickd: "running",
  monitoring: "running",
  console: "running",
  activeFeed: "primary"
}

const stateOf = ({ activeFeed, console: page, monitoring, nats, tickd }: RunningState): StateReply => ({
  nats: nats ?? null,
  tickd: tickd ?? null,
  monitoring: monitoring ?? null,
  console: page ?? null,
  active_feed: activeFeed ?? null
})

const replyOf = ({ after, audit, before, exitCode, lines, result, steps }: Rehearsal): RehearsalReply => ({
  exit_code: exitCode,
  end: result.end,
  steps: steps.map(({ atMs, attempt, stage, state }) => ({ at_ms: atMs, state, stage, attempt })),
  lines,
  audit_lines: audit.length,
  before: stateOf(before),
  after: stateOf(after)
})

const stateText = (state: StateReply): string =>
  Object.entries(state)
    .map(([name, value]) => `${name.replace("_", " ")} ${value ?? "-"}`)
    .join(", ")

const rehearsalText = (reply: RehearsalReply): string =>
  [
    ...aligned(
      [
        ["after", "state", "stage", "attempt"],
        ...reply.steps.map(({ at_ms, attempt, stage, state }) => [`${at_ms / 1000} s`, state, stage, String(attempt)])
      ],
      [0, 3]
    ),
    "",
    ...reply.lines,
    "",
    `before     ${stateText(reply.before)}`,
    `after      ${stateText(reply.after)}`,
    `audit      ${reply.audit_lines} line`,
    `exit code  ${reply.exit_code}`
  ].join("\n")

const stageFlag = (kind: StageFault["kind"], description: string) =>
  Flag.String(kind).pipe(Flag.withDescription(description), Flag.atLeast(0))

/** The flags of the rehearsal beside those of the runbook. */
const rehearsalFlags = {
  fails: stageFlag("fails", "Stage that fails half-way; repeatable"),
  hangs: stageFlag("hangs", "Stage that never returns; repeatable"),
  unproved: stageFlag("unproved", "Stage whose proof does not hold; repeatable"),
  attempts: wholeFlag("attempts", 1, 3).pipe(shownDefault("Attempts that these faults last", 3)),
  restore: Flag.Literals("restore", ["works", "fails", "hangs"]).pipe(
    shownDefault("What restoring the state before does", "works" as const)
  ),
  from: Flag.Literals("from", ["up", "down"]).pipe(
    Flag.withDescription("What runs before: everything or nothing (default: down for a start, else up)"),
    Flag.optional
  ),
  interruptAt: wholeFlag("interrupt-at", 0, 3600).pipe(
    Flag.withDescription("Seconds after which Ctrl-C arrives"),
    Flag.optional
  ),
  json: jsonFlag,
  values: valueFlags,
  set: commandFlags
}

/** The faults of a command line; a stage that the plan does not have is refused. */
const faultsOf = (
  stages: ReadonlyArray<StageName>,
  given: Readonly<Record<StageFault["kind"], ReadonlyArray<string>>> & { readonly attempts: number }
) =>
  Effect.gen(function* () {
    const faults: Partial<Record<StageName, StageFault>> = {}
    for (const kind of ["fails", "hangs", "unproved"] as const) {
      for (const text of given[kind]) {
        const stage = stages.find((name) => name === text)
        if (stage === undefined) {
          const message = `--${kind} ${text} is no stage of this plan: ${stages.join(", ")}`
          return yield* new UserError({ code: "STAGE_UNKNOWN", message, exitCode: runbookExits.configuration.code })
        }
        faults[stage] = { kind, attempts: given.attempts }
      }
    }
    return faults
  })

/** `tickd live rehearse`: ends with the exit code of the rehearsed run. */
export const rehearse = Command.make("rehearse", rehearsalFlags, (given) =>
  Effect.gen(function* () {
    const request = yield* requestOf(given)
    const managed = yield* managedOf(request, (yield* Invocation).env)
    const faults = yield* faultsOf(
      planOf(request, managed).map(({ name }) => name),
      given
    )
    const from = Option.getOrElse(given.from, () => (request.command === "start" ? "down" : "up"))
    const rehearsal = yield* Effect.promise(() =>
      rehearseRun({
        request,
        managed,
        host: {
          state: from === "up" ? up : down,
          faults,
          restore: given.restore,
          audit: "works",
          lockHolder: undefined,
          hasSession: true,
          stepMs: 1000
        },
        ...(Option.isNone(given.interruptAt) ? {} : { interruptAtMs: given.interruptAt.value * 1000 })
      })
    )
    const reply = replyOf(rehearsal)
    yield* present(given.json, reply, rehearsalText)
    yield* endWith(reply.exit_code)
  })
).pipe(
  Command.withDescription(
    "Rehearse a runbook in memory and in virtual time, with faults and Ctrl-C; changes nothing, ends with its exit code"
  )
)

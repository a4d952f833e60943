import { Effect, Option, Result } from "effect"
import { Flag } from "effect/cli"
import { type LiveRequest, liveFlags, parseLiveFlags } from "../../ops/domain/live-flags.ts"
import { flagCommands, type RunbookCommand, runbookCommands } from "../../ops/domain/runbook-words.ts"
import { runtimeNames } from "../../ops/domain/runtime-words.ts"
import { UserError } from "../../platform/process/user-error.ts"

/** The flags of the runbook as flags of the parser. Their values are texts: `parseLiveFlags` alone checks them. */
export const valueFlags = Object.fromEntries(
  liveFlags
    .filter(({ values }) => values !== undefined)
    .map(({ default: preset, name, text, values = [] }) => {
      const allowed = values.length === 0 ? "" : `: ${values.join(" or ")}`
      const shown = preset === undefined ? "" : ` (default: ${preset})`
      const flag = Flag.String(name).pipe(Flag.withDescription(`${text.en}${allowed}${shown}`), Flag.optional)
      return [name, flag] as const
    })
)
export const commandFlags = Object.fromEntries(
  liveFlags
    .filter(({ values }) => values === undefined)
    .map(
      ({ name, text }) =>
        [name, Flag.Boolean(name).pipe(Flag.withDescription(text.en), Flag.withDefault(false))] as const
    )
)

export interface GivenFlags {
  readonly values: Readonly<Record<string, Option.Option<string>>>
  readonly set: Readonly<Record<string, boolean>>
}

/** Flags that only one command takes. */
const onlyOf: Readonly<Partial<Record<string, RunbookCommand>>> = {
  "skip-live": "start",
  feed: "rotate",
  to: "rollback",
  force: "drill",
  reason: "drill"
}
const commandNames: ReadonlySet<string> = new Set(Object.keys(runbookCommands))

/** Those of the flags that the verb of a command takes: its name stands for the flag of the command. */
const flagsOf = <F>(command: RunbookCommand, flags: Readonly<Record<string, F>>): Record<string, F> =>
  Object.fromEntries(
    Object.entries(flags).filter(([name]) => !commandNames.has(name) && (onlyOf[name] ?? command) === command)
  )

export const verbFlags = (command: RunbookCommand) => ({
  values: flagsOf(command, valueFlags),
  set: flagsOf(command, commandFlags)
})

export const runtimeFlag = Flag.Literals("runtime", runtimeNames).pipe(
  Flag.withDescription("How the programs of this machine are run (default: TICKD_RUNTIME, else what the machine has)"),
  Flag.optional
)

/** The command line of the script that these flags are. */
const argumentsOf = ({ set, values }: GivenFlags): ReadonlyArray<string> => [
  ...Object.entries(values).flatMap(([name, text]) => (Option.isNone(text) ? [] : [`--${name}`, text.value])),
  ...Object.entries(set).flatMap(([name, isSet]) => (isSet ? [`--${name}`] : []))
]

/** A run that was asked for. `hasConfig`: a flag names the feed, so that the configuration does not. */
export interface AskedRun {
  readonly request: LiveRequest
  readonly hasConfig: boolean
}

const parsed = (args: ReadonlyArray<string>) =>
  Effect.suspend(() => {
    const flags = parseLiveFlags(args)
    if (Result.isSuccess(flags)) return Effect.succeed(flags.success)
    const { exitCode, message } = flags.failure
    return Effect.fail(new UserError({ code: "LIVE_FLAGS_REFUSED", message, exitCode }))
  })

/** What the flags ask for. Fails with every fault of them and the exit code of the runbook. */
export const requestOf = (given: GivenFlags) => Effect.map(parsed(argumentsOf(given)), ({ request }) => request)

const hasFlag: ReadonlySet<string> = new Set(flagCommands)

/** The command line of the script that the flags of a verb are. */
export const argumentsOfVerb = (command: RunbookCommand, given: GivenFlags): ReadonlyArray<string> => [
  ...argumentsOf(given),
  ...(hasFlag.has(command) ? [`--${command}`] : [])
]

/** The run of a verb, whose name is the command. */
export const askedRun = (command: RunbookCommand, given: GivenFlags): Effect.Effect<AskedRun, UserError> =>
  Effect.map(parsed(argumentsOfVerb(command, given)), ({ hasConfig, request }) => ({
    hasConfig,
    request: { ...request, command }
  }))

import { Effect, Option, Result } from "effect"
import { Flag } from "effect/cli"
import { type LiveRequest, liveFlags, parseLiveFlags } from "../../ops/domain/live-flags.ts"
import { flagCommands, type RunbookCommand } from "../../ops/domain/runbook-words.ts"
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

/** The run of a verb, whose name is the command. */
export const askedRun = (command: RunbookCommand, given: GivenFlags): Effect.Effect<AskedRun, UserError> =>
  Effect.map(
    parsed([...argumentsOf(given), ...(hasFlag.has(command) ? [`--${command}`] : [])]),
    ({ hasConfig, request }) => ({ hasConfig, request: { ...request, command } })
  )

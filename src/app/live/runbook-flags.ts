import { Effect, Option, Result } from "effect"
import { Flag } from "effect/cli"
import { liveFlags, parseLiveFlags } from "../../ops/domain/live-flags.ts"
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

interface GivenFlags {
  readonly values: Readonly<Record<string, Option.Option<string>>>
  readonly set: Readonly<Record<string, boolean>>
}

/** The command line of the script that these flags are. */
const argumentsOf = ({ set, values }: GivenFlags): ReadonlyArray<string> => [
  ...Object.entries(values).flatMap(([name, text]) => (Option.isNone(text) ? [] : [`--${name}`, text.value])),
  ...Object.entries(set).flatMap(([name, isSet]) => (isSet ? [`--${name}`] : []))
]

/** What the flags ask for. Fails with every fault of them and the exit code of the runbook. */
export const requestOf = (given: GivenFlags) =>
  Effect.suspend(() => {
    const parsed = parseLiveFlags(argumentsOf(given))
    if (Result.isSuccess(parsed)) return Effect.succeed(parsed.success.request)
    const { exitCode, message } = parsed.failure
    return Effect.fail(new UserError({ code: "LIVE_FLAGS_REFUSED", message, exitCode }))
  })

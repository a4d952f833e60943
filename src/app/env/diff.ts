import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { endWith, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import type { EnvFile } from "../../platform/process/env-file.ts"
import { exitCodes } from "../../platform/process/user-error.ts"
import { shownValue } from "../../platform/process/variable.ts"
import { openEnvFile } from "./env-file-flag.ts"
import { variableOf } from "./variables.ts"

/** One name that differs. Null: not set in that file. Two secrets that differ look the same: both are masked. */
interface Difference {
  readonly name: string
  readonly first: string | null
  readonly second: string | null
}

/** What differs between two env files, sorted by name. The order of lines, quotes and comments do not count. */
export const differencesOf = (first: EnvFile, second: EnvFile): ReadonlyArray<Difference> =>
  [...new Set([...first.values.keys(), ...second.values.keys()])].sort().flatMap((name) => {
    const [one, other] = [first.values.get(name)?.value, second.values.get(name)?.value]
    if (one === other) return []
    const shown = (value: string | undefined) => (value === undefined ? null : shownValue(variableOf(name), value))
    return [{ name, first: shown(one), second: shown(other) }]
  })

const line = ({ first, name, second }: Difference): string => {
  if (first === null) return `+ ${name}=${second}`
  if (second === null) return `- ${name}=${first}`
  return first === second ? `~ ${name}=${first} (differs, masked)` : `~ ${name}=${first} -> ${second}`
}

const file = (name: string) => Argument.String(name).pipe(Argument.withDescription("File of NAME=value lines"))

/** `tickd env diff FILE FILE`: exit code 1 when the files differ, as diff(1) has it. */
export const diff = Command.make(
  "diff",
  { first: file("first"), second: file("second"), json: jsonFlag },
  ({ first, json, second }) =>
    Effect.gen(function* () {
      const [one, other] = [yield* openEnvFile(first), yield* openEnvFile(second)]
      const differences = differencesOf(one.file, other.file)
      const report = { ok: differences.length === 0, first, second, differences }
      yield* present(json, report, (value) =>
        value.ok ? "The files set the same values." : value.differences.map(line).join("\n")
      )
      if (!report.ok) yield* endWith(exitCodes.checkFailed)
    })
).pipe(Command.withDescription("Compare two env files, secrets masked; exit code 1 when they differ"))

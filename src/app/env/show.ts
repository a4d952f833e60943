import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { shownValue, type Variable } from "../../platform/process/variable.ts"
import { envFileFlag, openEnvFile } from "./env-file-flag.ts"
import { mergedWith, type ReadEnvFile, sourceOf, type Variables } from "./environment.ts"
import { variables } from "./variables.ts"

/** One variable as the programs see it. Holds no secret. */
interface ShownVariable {
  readonly name: string
  /** Masked; null: not set, and no default that can be written down. */
  readonly value: string | null
  /** `FILE:LINE`, `environment`, `default`, `not set`. Another name in brackets: the value stands under that one. */
  readonly source: string
}

/** The effective value of a variable: its own name first, then the other names that are read for it. */
export const shownVariable = (variable: Variable, env: Variables, read: ReadEnvFile | undefined): ShownVariable => {
  const { aliases = [], derived, name, preset } = variable
  const given = [name, ...aliases].find((each) => (env[each] ?? "").trim() !== "")
  if (given !== undefined) {
    const source = sourceOf(given, env, read) ?? "environment"
    const value = shownValue(variable, (env[given] ?? "").trim())
    return { name, value, source: given === name ? source : `${source} (${given})` }
  }
  if (preset === undefined && derived === undefined) return { name, value: null, source: "not set" }
  return { name, value: preset ?? derived?.en ?? null, source: "default" }
}

/** `tickd env show`. */
export const show = Command.make(
  "show",
  {
    envFile: Flag.optional(envFileFlag),
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("Also variables that are not set and have no default"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  ({ all, envFile, json }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const read = Option.isNone(envFile) ? undefined : yield* openEnvFile(envFile.value)
      const effective = mergedWith(env, read)
      const rows = variables
        .filter(({ section }) => all || section.isInExample)
        .map((variable) => shownVariable(variable, effective, read))
        .filter(({ source }) => all || source !== "not set")
      yield* present(json, { variables: rows }, (report) =>
        aligned(report.variables.map(({ name, source, value }) => [name, value ?? "-", source])).join("\n")
      )
    })
).pipe(Command.withDescription("Show the effective value of each variable and where it comes from; secrets are masked"))

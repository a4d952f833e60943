import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { Variable } from "../../platform/process/variable.ts"
import { nearestName, variableOf } from "./variables.ts"

const defaultText = ({ derived, preset }: Variable): string =>
  [preset, derived?.en].filter((text) => text !== undefined).join("; ") || "none"

const render = (variable: Variable): string => {
  const { aliases = [], credential, example, requiredBy = [], section, secret, since, unit } = variable
  return [
    variable.name,
    `  ${variable.en}`,
    `  ${variable.zh}`,
    `  default    ${defaultText(variable)}`,
    ...(unit === undefined ? [] : [`  unit       ${unit}`]),
    ...(example === undefined ? [] : [`  example    ${variable.name}=${example}`]),
    `  required   ${requiredBy.length === 0 ? "no" : `by profile ${requiredBy.join(", ")}`}`,
    ...(secret === undefined
      ? []
      : [`  secret     ${secret === "value" ? "never shown" : "masked where it is shown"}`]),
    ...(credential === undefined ? [] : [`  credential $CREDENTIALS_DIRECTORY/${credential} goes before it`]),
    ...(aliases.length === 0 ? [] : [`  also read  ${aliases.join(", ")}`]),
    `  since      ${since}`,
    `  section    ${section.title.en}${section.page === undefined ? "" : `, docs/${section.page}`}`
  ].join("\n")
}

const forJson = ({ section, ...variable }: Variable) => ({ ...variable, section: section.title.en, page: section.page })

export const explain = Command.make(
  "explain",
  { name: Argument.String("name").pipe(Argument.withDescription("Name of the variable")), json: jsonFlag },
  ({ json, name }) =>
    Effect.gen(function* () {
      const variable = variableOf(name) ?? variableOf(name.toUpperCase())
      if (variable === undefined) {
        const near = nearestName(name)
        return yield* new UserError({
          code: "UNKNOWN_VARIABLE",
          exitCode: exitCodes.wrongUse,
          message: `${name} is not a variable of tickd: ${near === undefined ? "see docs/reference/config.md" : `is ${near} meant?`}`
        })
      }
      yield* json ? present(true, forJson(variable), () => "") : present(false, variable, render)
    })
).pipe(Command.withDescription("Show what one variable means, in English and Chinese"))

import { editsBetween } from "../../market/config/unknown-variables.ts"
import { marketVariables } from "../../market/config/variables/market-variables.ts"
import { opsVariables } from "../../ops/config/variable-sections.ts"
import type { Variable } from "../../platform/process/variable.ts"
import { tradeVariables } from "../../trading/config/trade-variables.ts"

/** The variables of every program. A context that has its own table is added here. */
export const variables: ReadonlyArray<Variable> = [...marketVariables, ...opsVariables, ...tradeVariables]

/** Every name that some program reads, other names included. */
export const variableNames: ReadonlyArray<string> = variables.flatMap(({ aliases = [], name }) => [name, ...aliases])

const byName = new Map(variables.flatMap((each) => [each.name, ...(each.aliases ?? [])].map((name) => [name, each])))

/** The declaration of a name, also of another name that is read for it. */
export const variableOf = (name: string): Variable | undefined => byName.get(name)

/** The declared name with the fewest edits, at most three. */
export const nearestName = (name: string): string | undefined =>
  [...byName.keys()]
    .map((known) => ({ known, edits: editsBetween(name.toUpperCase(), known) }))
    .filter(({ edits }) => edits <= 3)
    .sort((one, other) => one.edits - other.edits)[0]?.known

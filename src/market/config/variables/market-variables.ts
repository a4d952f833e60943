import { type Variable, type VariableText, variablesOf } from "../../../platform/process/variable.ts"
import type { Environment } from "../config-variables.ts"
import { backupSection, failoverSection, loginSection, sessionSection } from "./front-variables.ts"
import { commandLineSection, composeSection, scriptSection, simulationSection } from "./other-sections.ts"
import { daemonSection, natsSection, serviceManagerSection } from "./process-sections.ts"
import { contractSection, spoolSection, tickSection } from "./tick-sections.ts"

/** The compiler compares names: a variable with a schema and without a text is an error. */
type DaemonTexts = Readonly<Record<keyof typeof Environment.fields, VariableText>>
const daemonTexts = {
  ...loginSection.variables,
  ...backupSection.variables,
  ...sessionSection.variables,
  ...failoverSection.variables,
  ...contractSection.variables,
  ...tickSection.variables,
  ...spoolSection.variables,
  ...natsSection.variables,
  ...daemonSection.variables,
  ...serviceManagerSection.variables
} satisfies DaemonTexts

/** Names of the variables that the daemon reads, as far as they are declared. */
export const daemonVariableNames: ReadonlyArray<string> = Object.keys(daemonTexts)

/** Every variable of the market's programs, in the order of the example file and of the reference page. */
export const marketVariables: ReadonlyArray<Variable> = variablesOf([
  composeSection,
  loginSection,
  backupSection,
  sessionSection,
  failoverSection,
  contractSection,
  tickSection,
  spoolSection,
  natsSection,
  daemonSection,
  serviceManagerSection,
  commandLineSection,
  simulationSection,
  scriptSection
])

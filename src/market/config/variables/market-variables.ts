import { type Variable, variablesOf } from "../../../platform/process/variable.ts"
import { backupSection, failoverSection, loginSection, sessionSection } from "./front-variables.ts"
import { commandLineSection, composeSection, scriptSection, simulationSection } from "./other-sections.ts"
import { daemonSection, natsSection, serviceManagerSection, traceSection } from "./process-sections.ts"
import { contractSection, spoolSection, tickSection } from "./tick-sections.ts"

/**
 * Every variable of the market's programs, in the order of the example file and of the reference page. The forms of
 * those that the daemon reads are in `config-variables.ts`; a unit test compares the names.
 */
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
  traceSection,
  serviceManagerSection,
  commandLineSection,
  simulationSection,
  scriptSection
])

import { exitCodes, UserError } from "../../../platform/process/user-error.ts"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractStoreError } from "../../ports/contract-store.ts"

/** Exit codes of docs/reference/cli.md: wrong setting, bad input, unavailable. */
const exitOf = ({ code }: ContractCatalogueError | ContractStoreError): number => {
  if (code === "TRADER_NO_CONNECTION" || code === "TRADER_NO_ANSWER" || code === "TRADER_NOT_READY") {
    return exitCodes.unavailable
  }
  if (/^TRADER_(WORKER_MISSING|LIBRARY|VERSION|FLOW_FOLDER|SECRET_FILE|SETTING|AUTHENTICATION|LOGIN)/.test(code)) {
    return exitCodes.configuration
  }
  if (code.startsWith("TRADER_")) return exitCodes.unavailable
  return code.startsWith("CONTRACTS_") ? exitCodes.configuration : exitCodes.badInput
}

/** The sentence and the code as they are, with the exit code of this verb. */
export const contractFailure = (error: ContractCatalogueError | ContractStoreError): UserError =>
  new UserError({ code: error.code, message: error.message, exitCode: exitOf(error) })

import { healthCommand } from "../cli/health/health.ts"
import { parseContractFile } from "../market/adapters/catalogue/contract-file.ts"

/** `tickd health check`, with the reader of contract files for `--catalogue`. */
export const command = healthCommand(parseContractFile)

import { join } from "node:path"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { SpoolError } from "./spool-error.ts"

export const lockFile = "lock"

/**
 * Locks the folder for this process until `release`, or until the process ends in any way. Throws `SpoolError`
 * `SPOOL_IN_USE`, or the system's error.
 */
export const takeSpoolLock = (folder: string): { readonly release: () => void } => {
  try {
    return takeFileLock(join(folder, lockFile))
  } catch (cause) {
    if (!(cause instanceof FileLocked)) throw cause
    const { holder } = cause
    throw new SpoolError({
      code: "SPOOL_IN_USE",
      message: `Another tickd${holder === undefined ? "" : ` (${holder})`} uses the spool in ${folder}: stop it, or give this one a folder of its own with TICK_SPOOL_DIR or TICKD_STATE_DIR.`
    })
  }
}

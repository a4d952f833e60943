import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { SpoolError } from "./spool-error.ts"

export const lockFile = "lock"

/**
 * Takes the folder for this process until `release`, or until the process ends in whatever way: the lock is the kernel's
 * (fcntl), taken through the one interface of Node that has it. A file with a process id would outlive a kill -9.
 * Throws `SpoolError` `SPOOL_IN_USE`.
 */
export const takeSpoolLock = (folder: string): { readonly release: () => void } => {
  const database = new DatabaseSync(join(folder, lockFile), { timeout: 0 })
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
  } catch {
    database.close()
    throw new SpoolError({
      code: "SPOOL_IN_USE",
      message: `Another tickd uses the spool in ${folder}: stop it, or give this one a folder of its own with TICK_SPOOL_DIR or TICKD_STATE_DIR.`
    })
  }
  return { release: () => database.close() }
}

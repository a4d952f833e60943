import { renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { copyOf, syncFolder, writeNew } from "./copy-file.ts"

/**
 * Puts a copy in its place, mode 0600. The file has its name when it is whole and on the disk, so that a restore that
 * is killed leaves the old file or the new one. Throws the system's error.
 */
export const placeFile = (copy: string, target: string): void => {
  const folder = dirname(target)
  makeFolders(folder, 0o700)
  const part = join(folder, `.${basename(target)}.restored`)
  rmSync(part, { force: true })
  try {
    writeNew(part, (put) => void copyOf(copy, false, put))
    renameSync(part, target)
  } catch (cause) {
    rmSync(part, { force: true })
    throw cause
  }
  syncFolder(folder)
}

/** Moves a file away into `aside`, a folder of the same disk. Nothing is deleted. Throws the system's error. */
export const setAside = (target: string, aside: string): void => {
  makeFolders(dirname(aside), 0o700)
  renameSync(target, aside)
  syncFolder(dirname(target))
}

import { join } from "node:path"
import { type SpoolFiles, writeAll } from "./spool-files.ts"

const idMax = 64

/**
 * The id that a spool folder keeps over all runs of the daemon, made from `newId` at the first. The record of the
 * stream's epoch contains it, so that a start knows whether the previous writer had this spool. Undefined: the disk
 * does not keep one, and the daemon is identified by its instance.
 */
export const spoolId = (files: SpoolFiles, folder: string, newId: string): string | undefined => {
  let fd: number | undefined
  try {
    fd = files.open(join(folder, "id"))
    const bytes = Buffer.alloc(idMax)
    const [, id] = /^([\w-]+)\n/.exec(bytes.toString("latin1", 0, files.read(fd, bytes, 0))) ?? []
    if (id !== undefined) return id
    const text = Buffer.from(`${newId}\n`, "latin1")
    writeAll(files, fd, text, text.length, 0)
    files.sync(fd)
    files.syncFolder(folder)
    return newId
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) files.close(fd)
  }
}

import { closeSync, constants, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { makeFolders } from "../../../platform/process/make-folders.ts"

/** Allocated while there is room, and overwritten in place: a full disk does not prevent it. */
const reservedBytes = 16 * 1024
const space = 0x20

/** The text of a reserved file, without its padding; empty when there is none. */
export const readReserved = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trimEnd()
  } catch {
    return ""
  }
}

/** Replaces the text of a reserved file by one write. Throws the system's error, or when the text is too long. */
export const writeReserved = (path: string, text: string): void => {
  const bytes = Buffer.alloc(reservedBytes, space)
  if (Buffer.byteLength(text) > reservedBytes) throw new Error("the text is longer than the file")
  bytes.write(text)
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Allocates the file, if that was not done. Without room or rights the next write says so. */
export const reserveFile = (path: string): void => {
  try {
    makeFolders(dirname(path), 0o700)
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < reservedBytes) writeReserved(path, readReserved(path))
  } catch {
    // What cannot be allocated cannot be kept: the caller's write fails and is reported there.
  }
}

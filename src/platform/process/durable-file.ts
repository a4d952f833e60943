import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs"

/** Writes a whole file that is on disk when this returns. */
export const writeDurably = (path: string, content: Uint8Array | string): void => {
  const bytes = typeof content === "string" ? Buffer.from(content) : content
  const file = openSync(path, "w")
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The new content or the old one, never a part of either: written beside it, on disk, then renamed. */
export const replaceDurably = (path: string, content: Uint8Array | string): void => {
  writeDurably(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

import { createHash } from "node:crypto"
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs"

const chunkBytes = 1_048_576
const lineEnd = 0x0a

/** Opens a regular file for reading; a link is refused by the system. */
export const openSource = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)

/** Calls `each` with every chunk of the first `bytes` of an open file. Returns the bytes that were there. */
export const eachChunk = (file: number, bytes: number, each: (chunk: Uint8Array) => void): number => {
  const chunk = Buffer.alloc(Math.min(chunkBytes, Math.max(bytes, 1)))
  let at = 0
  while (at < bytes) {
    const read = readSync(file, chunk, 0, Math.min(chunk.length, bytes - at), at)
    if (read === 0) break
    each(chunk.subarray(0, read))
    at += read
  }
  return at
}

/** Bytes up to the end of the last whole line. */
export const wholeLines = (file: number, size: number): number => {
  const chunk = Buffer.alloc(Math.min(chunkBytes, Math.max(size, 1)))
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - chunk.length)
    const read = readSync(file, chunk, 0, end - from, from)
    const at = chunk.subarray(0, read).lastIndexOf(lineEnd)
    if (at >= 0) return from + at + 1
    end = from
  }
  return 0
}

export const writeWhole = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** Writes a new file of mode 0600 and has it on disk before it returns. Throws the system's error. */
export const writeNew = (path: string, fill: (put: (bytes: Uint8Array) => void) => void): void => {
  const file = openSync(path, "wx", 0o600)
  try {
    fill((bytes) => writeWhole(file, bytes))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export const syncFolder = (folder: string): void => {
  const file = openSync(folder, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads a file as it is now: what is appended meanwhile is left out, and of lines the last one is whole. Returns size
 * and hash of what `put` got.
 */
export const copyOf = (
  path: string,
  grows: boolean,
  put: (bytes: Uint8Array) => void
): { readonly bytes: number; readonly sha256: string } => {
  const file = openSource(path)
  try {
    const { size } = fstatSync(file)
    const hash = createHash("sha256")
    const bytes = eachChunk(file, grows ? wholeLines(file, size) : size, (chunk) => {
      hash.update(chunk)
      put(chunk)
    })
    return { bytes, sha256: hash.digest("hex") }
  } finally {
    closeSync(file)
  }
}

import { closeSync, fstatSync, readSync } from "node:fs"
import { isMissing } from "../../../kernel/system-fault.ts"
import { openSource, wholeLines } from "./copy-file.ts"

/**
 * What a living file is beside its copy. `ahead`: the copy is its beginning, and `bytes` follow. `behind`: it is the
 * beginning of the copy.
 */
export type FileRelation =
  | { readonly kind: "absent" | "same" | "behind" | "other" }
  | { readonly kind: "ahead"; readonly bytes: number }

const chunkBytes = 1_048_576

const isPrefix = (one: number, other: number, bytes: number): boolean => {
  const [left, right] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)]
  for (let at = 0; at < bytes; ) {
    const wanted = Math.min(chunkBytes, bytes - at)
    const read = readSync(one, left, 0, wanted, at)
    if (read === 0 || readSync(other, right, 0, read, at) !== read) return false
    if (!left.subarray(0, read).equals(right.subarray(0, read))) return false
    at += read
  }
  return true
}

/** Compares a living file with its copy. `grows`: it is only appended to. Throws the system's error. */
export const compareFile = (living: string, copy: string, grows: boolean): FileRelation => {
  let file: number
  try {
    file = openSource(living)
  } catch (cause) {
    if (isMissing(cause)) return { kind: "absent" }
    throw cause
  }
  try {
    const kept = openSource(copy)
    try {
      const { size: whole } = fstatSync(file)
      // A line that is being written is no part of a copy either.
      const size = grows ? wholeLines(file, whole) : whole
      const copied = fstatSync(kept).size
      if (size !== copied && !grows) return { kind: "other" }
      if (!isPrefix(file, kept, Math.min(size, copied))) return { kind: "other" }
      if (size === copied) return { kind: "same" }
      return size > copied ? { kind: "ahead", bytes: size - copied } : { kind: "behind" }
    } finally {
      closeSync(kept)
    }
  } finally {
    closeSync(file)
  }
}

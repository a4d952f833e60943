import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { join } from "node:path"

/** One line of the audit. `at`: ISO 8601 in Asia/Shanghai. */
export interface LastRun {
  readonly at: string
  readonly action: string
  readonly window: string
  readonly profile: string
  readonly exitCode: number
}

/** More than two lines. */
const tailBytes = 4096

const tailOf = (path: string): string => {
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const tail = Buffer.alloc(Math.min(size, tailBytes))
    readSync(file, tail, 0, tail.length, size - tail.length)
    return tail.toString()
  } finally {
    closeSync(file)
  }
}

/** The newest line of the audit that is whole; undefined: there is none, or it cannot be read. */
export const readLastRun = (logDir: string): LastRun | undefined => {
  try {
    const lines = tailOf(join(logDir, "startup_audit.log")).split("\n").toReversed()
    for (const line of lines) {
      const [, at = "", action = "", window = "", profile = "", code] =
        /^([^,]+),([a-z_]+),([a-z]*),([^,]+),(\d{1,3})$/.exec(line) ?? []
      if (code !== undefined) return { at, action, window, profile, exitCode: Number(code) }
    }
  } catch {
    // There is no audit yet, or this user may not read it: the status has the rest.
  }
  return undefined
}

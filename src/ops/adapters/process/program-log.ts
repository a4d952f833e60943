import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync } from "node:fs"
import { join } from "node:path"
import { shanghaiOffsetMs } from "../../../kernel/time/shanghai-time.ts"

/** `20261130-085501`, in the time of the exchanges. */
const stampOf = (ms: number): string =>
  new Date(ms + shanghaiOffsetMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")

/** Opens the log of a new start. The log of the last one keeps its content under a name with its date. */
export const openProgramLog = (logDir: string, name: string): { readonly path: string; readonly fd: number } => {
  const path = join(logDir, `${name}.log`)
  const last = statSync(path, { throwIfNoEntry: false })
  if (last !== undefined && last.size > 0) {
    const base = join(logDir, `${name}.${stampOf(last.mtimeMs)}`)
    let kept = `${base}.log`
    for (let more = 2; existsSync(kept); more++) kept = `${base}-${more}.log`
    renameSync(path, kept)
  }
  return { path, fd: openSync(path, "a", 0o640) }
}

const tailBytes = 8_192
const lineMax = 300

/** What Prometheus and Alertmanager mark as the fault; they print ten lines of their end behind it. */
const isFault = (line: string): boolean => /(?:^|\s)level=error\s/i.test(line)

/** The last lines of a log, for the sentence about a program that ended; of lines marked as errors, only these. */
export const lastLines = (path: string, count: number): string => {
  try {
    const fd = openSync(path, "r")
    try {
      const { size } = fstatSync(fd)
      const buffer = Buffer.alloc(Math.min(size, tailBytes))
      readSync(fd, buffer, 0, buffer.length, size - buffer.length)
      const lines = buffer
        .toString("utf8")
        .split("\n")
        .filter((line) => line.trim() !== "")
      const faults = lines.filter(isFault)
      return (
        (faults.length > 0 ? faults : lines)
          .slice(-count)
          .map((line) => line.slice(0, lineMax))
          .join(" | ") || "it printed nothing"
      )
    } finally {
      closeSync(fd)
    }
  } catch {
    return `its log ${path} cannot be read`
  }
}

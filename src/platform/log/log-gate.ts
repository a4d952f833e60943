import { Formatter } from "effect"
import { StormFolder, StormFolders } from "../../kernel/limits/storm-folder.ts"

/** One line of the log before it is written. */
export interface LogRecord {
  readonly level: string
  readonly message: unknown
  readonly event?: unknown
  readonly [field: string]: unknown
}

/** Lines of one kind that may come at once: a start and a reconnect of everything fit. Afterwards one a second. */
const limits = { burst: 20, everyMs: 1000 }

/** What tells two lines of one event apart: which child, which state, which error. */
const parts = ["feed", "child", "state", "code", "error_id", "reason", "stream", "verb", "rung"] as const

const keyOf = (record: LogRecord): string => {
  let key = `${record.level} ${String(record.event)}`
  for (const part of parts) if (record[part] !== undefined) key += ` ${String(record[part])}`
  return key
}

/**
 * The last limit of the log, whatever a line is about: no source that comes by the thousand, known or not, writes more
 * than a few lines a second. A folded line is the newest of its kind and says how many it stands for.
 */
export const makeLogGate = (options: {
  readonly write: (line: string) => void
  readonly nowMs: () => number
  readonly later: (run: () => void, afterMs: number) => void
}) => {
  const folders = new StormFolders<LogRecord>(
    () =>
      new StormFolder({
        limits,
        nowMs: options.nowMs,
        later: options.later,
        report: (record, count) =>
          options.write(
            `${Formatter.formatJson(
              count === 1
                ? record
                : { ...record, message: `${String(record.message)} (and ${count - 1} more like it)`, folded: count - 1 }
            )}\n`
          )
      })
  )
  return {
    note: (record: LogRecord) => folders.note(keyOf(record), record),
    /** Writes what waits. */
    flush: () => folders.flush()
  }
}

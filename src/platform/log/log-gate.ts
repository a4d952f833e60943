import { Formatter } from "effect"
import { StormFolder, StormFolders } from "../../kernel/limits/storm-folder.ts"
import type { LogRecord } from "./log-record.ts"

/**
 * Lines of one kind that may be written at once: enough for a start and for a reconnect of everything. Then one a
 * second.
 */
const limits = { burst: 20, everyMs: 1000 }

/** Fields that distinguish lines of one event: which child, which state, which error. */
const parts = ["feed", "child", "state", "code", "error_id", "reason", "stream", "verb", "rung"] as const

const keyOf = (record: LogRecord): string => {
  let key = `${record.level} ${String(record.event)}`
  for (const part of parts) if (record[part] !== undefined) key += ` ${String(record[part])}`
  return key
}

/**
 * The last limit of the log, for lines of any kind: no source writes more than a few lines a second. A folded line is
 * the newest of its kind and has their number.
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
    /** Writes the waiting lines. */
    flush: () => folders.flush()
  }
}

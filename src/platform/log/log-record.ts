import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"

/** Levels of the log, as LOG_LEVEL names them. */
export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR"

/** One line of the log before it is written. */
export interface LogRecord {
  readonly level: string
  readonly message: unknown
  readonly event?: unknown
  readonly [field: string]: unknown
}

/**
 * A line in the one shape that all lines have: `ts` (Asia/Shanghai), `level`, `message`, `event`, the fields, `feed`,
 * `session` and the masked `account`. Feed and session are null where the line is about the whole daemon.
 */
export const logRecord = (
  atMs: number,
  level: LogLevel,
  message: unknown,
  fields: Readonly<Record<string, unknown>>,
  accountOf: (feed: string) => string | null
): LogRecord => {
  const feed = fields["feed"] ?? null
  return {
    ts: shanghaiIso(atMs),
    level,
    message,
    event: "log",
    ...fields,
    feed,
    session: feed === null ? null : `ctp-${String(feed)}`,
    account: accountOf(String(feed))
  }
}

import { makeLogGate } from "../../../platform/log/log-gate.ts"
import { type LogLevel, logRecord } from "../../../platform/log/log-record.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"

const rank: Readonly<Record<LogLevel, number>> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 }

/**
 * The log of the trading daemon: one JSON object a line in the shape of `logRecord`, with the masked key id as the
 * account. Lines of one kind are limited, and counted.
 */
export const makeTradeLog = (options: {
  readonly level: LogLevel
  readonly account: string | null
  readonly write: (line: string) => void
}) => {
  let lowest = rank[options.level]
  const gate = makeLogGate({ write: options.write, nowMs: monotonicMs, later })
  const isWritten = (level: LogLevel): boolean => rank[level] >= lowest
  const note = (atMs: number, level: LogLevel, message: unknown, fields: Readonly<Record<string, unknown>>): void =>
    gate.note(logRecord(atMs, level, message, fields, () => options.account))
  return {
    isWritten,
    note,
    write: (
      level: LogLevel,
      message: string,
      fields: Readonly<Record<string, unknown>> & { readonly event: string }
    ) => {
      if (isWritten(level)) note(Date.now(), level, message, fields)
    },
    /** From here on lines below this level are not written. */
    beginAt: (level: LogLevel): void => {
      lowest = rank[level]
    },
    flush: (): void => gate.flush()
  }
}
export type TradeLogFile = ReturnType<typeof makeTradeLog>

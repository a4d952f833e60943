import { Cause, Layer, Logger, References } from "effect"
import type { LogLevel } from "./log-record.ts"

const levelNames: Readonly<Record<string, LogLevel>> = {
  Trace: "DEBUG",
  Debug: "DEBUG",
  Info: "INFO",
  Warn: "WARNING"
}

/** Where the lines of Effect's logger go: the daemon's log. */
export interface LogSink {
  /** Called for each line, because an operator may change the level. */
  readonly isWritten: (level: LogLevel) => boolean
  readonly note: (atMs: number, level: LogLevel, message: unknown, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Replaces Effect's default logger: a line is its message, and the fiber's annotations are its fields. The time is the
 * fiber's clock, so a simulation's log has its own time.
 */
export const effectLoggerLayer = (log: LogSink) =>
  Layer.mergeAll(
    Logger.layer([
      Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
        const level = levelNames[logLevel] ?? "ERROR"
        if (!log.isWritten(level)) return
        const parts = Array.isArray(message) ? message : [message]
        log.note(date.getTime(), level, parts.length === 1 ? parts[0] : parts, {
          ...fiber.getRef(References.CurrentLogAnnotations),
          ...(cause.reasons.length > 0 && { cause: Cause.pretty(cause) })
        })
      })
    ]),
    Layer.succeed(References.MinimumLogLevel, "Debug")
  )

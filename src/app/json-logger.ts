import { Cause, Formatter, Layer, Logger, References } from "effect"
import { shanghaiIso } from "../domain/shanghai-time.ts"
import type { Config } from "./config.ts"

const levels = { DEBUG: "Debug", INFO: "Info", WARNING: "Warn", ERROR: "Error" } as const

/**
 * One JSON object a line: `ts` (Asia/Shanghai), `level`, `message`, then the annotations of the fiber (`event`, `feed`,
 * `session`, `account`). The time is the fiber's clock, so a simulation's log carries its own time.
 */
export const jsonLogger = (write: (line: string) => void) =>
  Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
    const parts = Array.isArray(message) ? message : [message]
    const record: Record<string, unknown> = {
      ts: shanghaiIso(date.getTime()),
      level: logLevel.toUpperCase(),
      message: parts.length === 1 ? parts[0] : parts
    }
    Object.assign(record, fiber.getRef(References.CurrentLogAnnotations))
    if (cause.reasons.length > 0) record["cause"] = Cause.pretty(cause)
    write(`${Formatter.formatJson(record)}\n`)
  })

/** Replaces the default logger. */
export const jsonLoggerLayer = (level: Config["logLevel"], write: (line: string) => void) =>
  Layer.mergeAll(Logger.layer([jsonLogger(write)]), Layer.succeed(References.MinimumLogLevel, levels[level]))

import { Cause, Formatter, Layer, Logger, References } from "effect"
import { shanghaiIso } from "../domain/shanghai-time.ts"
import type { Config } from "./config.ts"

const levels = { DEBUG: "Debug", INFO: "Info", WARNING: "Warn", ERROR: "Error" } as const

const levelNames: Readonly<Record<string, Config["logLevel"]>> = {
  Trace: "DEBUG",
  Debug: "DEBUG",
  Info: "INFO",
  Warn: "WARNING"
}

/**
 * One JSON object a line, in the shape of `DaemonLog`: `ts` (Asia/Shanghai), `level`, `message`, the annotations of the
 * fiber, and `event`, `feed`, `session` and the masked `account` on every line, null where the fiber does not say. The
 * time is the fiber's clock, so a simulation's log carries its own time.
 */
export const jsonLogger = (write: (line: string) => void, account: string) =>
  Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
    const parts = Array.isArray(message) ? message : [message]
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    const feed = annotations["feed"] ?? null
    const record: Record<string, unknown> = {
      ts: shanghaiIso(date.getTime()),
      level: levelNames[logLevel] ?? "ERROR",
      message: parts.length === 1 ? parts[0] : parts,
      event: "log",
      ...annotations,
      feed,
      session: feed === null ? null : `ctp-${String(feed)}`,
      account
    }
    if (cause.reasons.length > 0) record["cause"] = Cause.pretty(cause)
    write(`${Formatter.formatJson(record)}\n`)
  })

/** Replaces the default logger. `account` is masked by the caller. */
export const jsonLoggerLayer = (level: Config["logLevel"], write: (line: string) => void, account: string) =>
  Layer.mergeAll(Logger.layer([jsonLogger(write, account)]), Layer.succeed(References.MinimumLogLevel, levels[level]))

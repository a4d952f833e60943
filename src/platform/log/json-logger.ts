import { Cause, Layer, Logger, References } from "effect"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import type { LogRecord } from "./log-gate.ts"

/** Levels of the log, as LOG_LEVEL names them. */
export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR"

const levelNames: Readonly<Record<string, LogLevel>> = {
  Trace: "DEBUG",
  Debug: "DEBUG",
  Info: "INFO",
  Warn: "WARNING"
}

/** Masked accounts: of each feed, and `account` for lines about no single feed. */
interface Whose {
  readonly account: string
  readonly accounts?: ReadonlyMap<string, string>
}

/**
 * One JSON object for each line, in the shape of `DaemonLog`: `ts` (Asia/Shanghai), `level`, `message`, the fiber's
 * annotations, and `event`, `feed`, `session` and the masked `account` on every line, null where the fiber has none.
 * The time is the fiber's clock, so a simulation's log has its own time.
 */
const jsonLogger = (
  write: (record: LogRecord) => void,
  { account, accounts }: Whose,
  isWritten: (level: LogLevel) => boolean = () => true
) =>
  Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
    const level = levelNames[logLevel] ?? "ERROR"
    if (!isWritten(level)) return
    const parts = Array.isArray(message) ? message : [message]
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    const feed = annotations["feed"] ?? null
    write({
      ts: shanghaiIso(date.getTime()),
      level,
      message: parts.length === 1 ? parts[0] : parts,
      event: "log",
      ...annotations,
      feed,
      session: feed === null ? null : `ctp-${String(feed)}`,
      account: accounts?.get(String(feed)) ?? account,
      ...(cause.reasons.length > 0 && { cause: Cause.pretty(cause) })
    })
  })

/**
 * Replaces the default logger. The caller masks the accounts. `isWritten` is called for each line, because an
 * operator may change the level.
 */
export const jsonLoggerLayer = (
  isWritten: (level: LogLevel) => boolean,
  write: (record: LogRecord) => void,
  whose: Whose
) =>
  Layer.mergeAll(
    Logger.layer([jsonLogger(write, whose, isWritten)]),
    Layer.succeed(References.MinimumLogLevel, "Debug")
  )

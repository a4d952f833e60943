import { Option } from "effect"
import { Flag } from "effect/cli"
import type { LogLevel } from "../platform/log/log-record.ts"

const levels: Readonly<Record<string, LogLevel>> = {
  debug: "DEBUG",
  info: "INFO",
  warning: "WARNING",
  warn: "WARNING",
  error: "ERROR"
}

/** Lowest level that is logged; none: LOG_LEVEL. */
export const logLevelFlag = Flag.String("log-level").pipe(
  Flag.withDescription("Lowest level that is logged: debug, info, warning or error (default: LOG_LEVEL, else info)"),
  Flag.filterMap(
    (text) => Option.fromUndefinedOr(levels[text.toLowerCase()]),
    () => "debug, info, warning or error"
  ),
  Flag.optional
)

import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { Handler } from "./terminal/flags.ts"

export interface RunOptions {
  readonly embeddedNats: boolean
  /** Take the stream from a writer that lives. */
  readonly takeOver: boolean
  /** Where the log begins; none: LOG_LEVEL. */
  readonly logLevel: Option.Option<LogLevel>
}

const levels = { debug: "DEBUG", info: "INFO", warning: "WARNING", warn: "WARNING", error: "ERROR" } as const
type LogLevel = (typeof levels)[keyof typeof levels]

/** `tickd run`: the daemon, configured by the environment. */
export const runCommand = <E, R>(handler: Handler<RunOptions, E, R>) =>
  Command.make(
    "run",
    {
      embeddedNats: Flag.Boolean("embedded-nats").pipe(
        Flag.withDescription("Run nats-server as a supervised child instead of using NATS_URL"),
        Flag.withDefault(false)
      ),
      takeOver: Flag.Boolean("take-over").pipe(
        Flag.withDescription(
          "Become the writer of the stream even if another daemon is and lives; that one stops publishing"
        ),
        Flag.withDefault(false)
      ),
      logLevel: Flag.String("log-level").pipe(
        Flag.withDescription("Where the log begins: debug, info, warning or error (default: LOG_LEVEL, else info)"),
        Flag.filterMap(
          (text) => Option.fromUndefinedOr((levels as Readonly<Record<string, LogLevel>>)[text.toLowerCase()]),
          () => "debug, info, warning or error"
        ),
        Flag.optional
      )
    },
    handler
  ).pipe(
    Command.withDescription(
      "Run the daemon. It is configured by the environment: CTP_MD_LIBRARY, CTP_PRIMARY_MD_ADDRESS, CTP_PRIMARY_BROKER_ID, " +
        "CTP_PRIMARY_USER_ID, CTP_PRIMARY_PASSWORD, NATS_URL and more, see docs/reference/cli.md. SIGTERM or Ctrl-C drains and stops it."
    )
  )

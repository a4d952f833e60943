import { Option } from "effect"
import { Argument, Command } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"

const levelNames = ["DEBUG", "INFO", "WARNING", "ERROR"] as const

export const levelArgument = Argument.String("level").pipe(
  Argument.withDescription("debug, info, warning or error"),
  Argument.filterMap(
    (text) => Option.fromUndefinedOr(levelNames.find((name) => name === text.toUpperCase())),
    () => "Expected debug, info, warning or error"
  )
)

/** `tickd log-level`: the lowest level that the log of a running daemon writes. */
export const command = Command.make(
  "log-level",
  {
    level: levelArgument,
    ...commandFlags
  },
  ({ level, ...flags }) => sendCommand(marketCommands["log-level"], { level }, flags, "")
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Set the lowest level that the log writes. It holds until the daemon ends; audited")
)

import { Command } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"

/** `tickd drain`: ends a running daemon as SIGTERM does. */
export const command = Command.make("drain", commandFlags, (flags) =>
  sendCommand(marketCommands.drain, {}, flags, "tickd history daemon --since 5m")
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("End a running daemon as SIGTERM does. Everything that was received is stored first; audited")
)

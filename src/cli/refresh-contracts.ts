import { Command } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"

/** `tickd refresh-contracts`: a running daemon queries the sources of its catalogue now. */
export const command = Command.make("refresh-contracts", commandFlags, (flags) =>
  sendCommand(marketCommands["contracts-refresh"], {}, flags, "tickd contracts diff")
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription(
    "Have a running daemon query its contract sources now: the trader front and the files; audited"
  )
)

import { Command, Flag } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"

/** `tickd retry`: the session of a feed that waits, is rejected or failed tries again now. */
export const command = Command.make(
  "retry",
  { feed: Flag.String("feed").pipe(Flag.withDescription("Which feed: primary or backup")), ...commandFlags },
  ({ feed, ...flags }) => sendCommand(marketCommands.retry, { feed }, flags, `tickd state session-${feed}`)
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription(
    "Make the session of a feed try again now. It may be waiting, rejected or failed; its password file is read again; audited"
  )
)

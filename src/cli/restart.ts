import { Argument, Command } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"

/** `tickd restart`: stops a child of the tree of a running daemon and starts it again. */
export const command = Command.make(
  "restart",
  {
    child: Argument.String("child").pipe(
      Argument.withDescription("Path as 'tickd tree' shows it, e.g. front-primary/feed-worker")
    ),
    ...commandFlags
  },
  ({ child, ...flags }) => sendCommand(marketCommands.restart, { child }, flags, "tickd tree")
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Stop a child of the tree and start it again; audited")
)

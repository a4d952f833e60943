import { Command } from "effect/cli"
import { command as diff } from "./contracts-diff.ts"
import { command as list } from "./contracts-list.ts"
import { command as refresh } from "./contracts-refresh.ts"
import { command as show } from "./contracts-show.ts"

/** `tickd contracts refresh|list|show|diff`. */
export const command = Command.make("contracts").pipe(
  Command.withDescription("The contract catalogue: what is listed, what expired, what changed"),
  Command.withSubcommands([refresh, list, show, diff])
)

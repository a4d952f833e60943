import { Command } from "effect/cli"
import { plan } from "./live-plan.ts"
import { rehearse } from "./live-rehearse.ts"

/** `tickd live`: the runbooks of a production day. */
export const command = Command.make("live").pipe(
  Command.withDescription(
    "The runbooks of a production day. This version shows and rehearses their plans; it does not run them"
  ),
  Command.withSubcommands([plan, rehearse])
)

import { Command } from "effect/cli"
import { plan } from "./live-plan.ts"
import { rehearse } from "./live-rehearse.ts"
import { script } from "./live-script.ts"
import { snapshots } from "./live-snapshots.ts"
import { status } from "./live-status.ts"
import { liveVerbs } from "./live-verbs.ts"

/** `tickd live`: the runbooks of a production day. */
export const command = Command.make("live").pipe(
  Command.withDescription(
    "The runbooks of a production day. Each verb runs a plan on this machine; plan and rehearse change nothing"
  ),
  Command.withSubcommands([...liveVerbs, status, snapshots, plan, rehearse, script])
)

import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { type RunbookCommand, runbookCommands } from "../../ops/domain/runbook-words.ts"
import { runLive } from "./live-run.ts"
import { askedRun, runtimeFlag, verbFlags } from "./runbook-flags.ts"

const verb = <Name extends RunbookCommand>(name: Name) =>
  Command.make(name, { json: jsonFlag, runtime: runtimeFlag, ...verbFlags(name) }, ({ json, runtime, ...given }) =>
    Effect.flatMap(askedRun(name, given), (asked) => runLive(asked, { json, runtime: Option.getOrUndefined(runtime) }))
  ).pipe(Command.withDescription(runbookCommands[name].en))

/** `tickd live start` and so on: the runbooks on this machine, each with its own exit code. */
export const liveVerbs = [
  verb("start"),
  verb("restart"),
  verb("stop"),
  verb("failover"),
  verb("failback"),
  verb("drill"),
  verb("rotate"),
  verb("rollback"),
  verb("checkpoint")
] as const

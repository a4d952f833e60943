import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Invocation } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { liveFlags, recordedRequest } from "../../ops/domain/live-flags.ts"
import { type RunbookCommand, runbookCommands } from "../../ops/domain/runbook-words.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import { runLive } from "./live-run.ts"
import { refuseRun } from "./record-run.ts"
import { argumentsOfVerb, askedRun, runtimeFlag, verbFlags } from "./runbook-flags.ts"

const verb = <Name extends RunbookCommand>(name: Name) =>
  Command.make(name, { json: jsonFlag, runtime: runtimeFlag, ...verbFlags(name) }, ({ json, runtime, ...given }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const out = json ? process.stderr : process.stdout
      const print = (line: string) => void out.write(`${line}\n`)
      const refused = (error: UserError) =>
        refuseRun({ ...recordedRequest(argumentsOfVerb(name, given), liveFlags), command: name }, error, { env, print })
      const asked = yield* askedRun(name, given).pipe(Effect.catch(refused))
      yield* runLive(asked, { json, runtime: Option.getOrUndefined(runtime) })
    })
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

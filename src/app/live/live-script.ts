import { Console, Effect, Result } from "effect"
import { Argument, Command } from "effect/cli"
import { Invocation } from "../../cli/invocation.ts"
import { scriptArguments } from "../../ops/config/script-variables.ts"
import { parseLiveFlags, recordedRequest, scriptFlags } from "../../ops/domain/live-flags.ts"
import { scriptHelp } from "../../ops/domain/live-help.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { ProcessShutdown } from "../process-shutdown.ts"
import { runLive } from "./live-run.ts"
import { refuseRun } from "./record-run.ts"

const printLine = (line: string) => void process.stdout.write(`${line}\n`)

/** `tickd live script -- ARGS…`: what `start_live_env.sh` calls. The flags of the script are not those of a verb. */
export const script = Command.make(
  "script",
  { words: Argument.String("argument").pipe(Argument.withDescription("Flag of the script"), Argument.atLeast(0)) },
  ({ words }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const { used, words: all } = scriptArguments(words, env)
      const parsed = parseLiveFlags(all, scriptFlags)
      if (Result.isFailure(parsed)) {
        // A signal does not end what is recorded now.
        ;(yield* ProcessShutdown).hold()
        const { exitCode, message: faults } = parsed.failure
        const from = used.length === 0 ? "" : ` (from the environment: ${used.join(", ")})`
        const message = `${faults}${from}; -h shows the flags`
        const error = new UserError({ code: "LIVE_FLAGS_REFUSED", message, exitCode })
        return yield* refuseRun(recordedRequest(all, scriptFlags), error, { env, print: printLine })
      }
      const { hasConfig, help, request } = parsed.success
      if (help) return yield* Console.log(scriptHelp())
      yield* runLive({ request, hasConfig }, { json: false, runtime: undefined })
    })
).pipe(
  Command.withDescription(
    "Run what the flags of start_live_env.sh ask for; they stand behind --, and are those of the script alone"
  )
)

import { execFile } from "node:child_process"
import { Effect, Option } from "effect"
import { commandWords } from "../../platform/process/command-words.ts"
import type { HealthQuery } from "./health-flags.ts"
import { wrongUse } from "./health-sources.ts"

const longestMs = 30_000

/** The program to run when enforcing has not helped; undefined when none is named. */
export const escalationOf = (query: Pick<HealthQuery, "escalationCommand">) =>
  Effect.gen(function* () {
    if (Option.isNone(query.escalationCommand)) return undefined
    const [program, ...words] = commandWords(query.escalationCommand.value) ?? []
    if (program === undefined || program === "") {
      return yield* wrongUse(
        "--escalation-command names no program, or a quote in it is not closed: give a program with arguments, such as 'notify --code {exit_code}'."
      )
    }
    return [program, ...words] as const
  })

/**
 * Runs it without a shell; its output goes to stderr. `{marker}` and `{exit_code}` are filled in after the words were
 * separated.
 */
export const escalate = (command: readonly [string, ...Array<string>], marker: string, exitCode: number) =>
  Effect.callback<{ readonly ok: boolean; readonly detail: string }>((resume) => {
    const [program, ...words] = command.map((word) =>
      word.replaceAll("{marker}", () => marker).replaceAll("{exit_code}", String(exitCode))
    )
    execFile(program ?? "", words, { timeout: longestMs }, (error, stdout, stderr) => {
      process.stderr.write(stdout + stderr)
      resume(Effect.succeed({ ok: error === null, detail: error === null ? stdout.trim() : error.message }))
    })
  })

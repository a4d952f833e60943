import { Effect } from "effect"
import { Command } from "effect/cli"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { type RunbookCommand, runbookCommands } from "../../ops/domain/runbook-words.ts"
import { runLive } from "./live-run.ts"
import { askedRun, commandFlags, type GivenFlags, valueFlags } from "./runbook-flags.ts"

/** Flags that only one command takes. */
const onlyOf: Readonly<Partial<Record<string, RunbookCommand>>> = {
  "skip-live": "start",
  feed: "rotate",
  force: "drill",
  reason: "drill"
}
const commandNames: ReadonlySet<string> = new Set(Object.keys(runbookCommands))

/** Those of the flags that the verb of a command takes: its name stands for the flag of the command. */
const flagsOf = <F>(command: RunbookCommand, flags: Readonly<Record<string, F>>): Record<string, F> =>
  Object.fromEntries(
    Object.entries(flags).filter(([name]) => !commandNames.has(name) && (onlyOf[name] ?? command) === command)
  )

const verb = <Name extends RunbookCommand>(name: Name) =>
  Command.make(
    name,
    { json: jsonFlag, values: flagsOf(name, valueFlags), set: flagsOf(name, commandFlags) },
    ({ json, ...given }: GivenFlags & { readonly json: boolean }) =>
      Effect.flatMap(askedRun(name, given), (asked) => runLive(asked, json))
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
  verb("checkpoint")
] as const

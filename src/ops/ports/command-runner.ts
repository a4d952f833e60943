import { Context, type Effect, Schema } from "effect"

/** One command line, without a shell: each argument arrives as it is. Unit: milliseconds. */
export interface CommandLine {
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** The whole environment of the command. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The command line as an operator types it, for messages. */
export const commandText = ({ args, program }: Pick<CommandLine, "program" | "args">): string =>
  [program, ...args].map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`)).join(" ")

/**
 * A command did not succeed. `missing`: there is no such program. `failed`: it ended with `exitCode`. `message`: one
 * sentence with the command line; `lastWords`: the end of what it printed.
 */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  reason: Schema.Literals(["missing", "failed", "timeout", "tooMuch"]),
  exitCode: Schema.optionalKey(Schema.Int),
  lastWords: Schema.String,
  message: Schema.String
}) {}

/**
 * Runs other programs of this machine. Every adapter promises: the command has ended when `run` has, in any way, so
 * that nothing of it goes on behind an interruption; and what it keeps of the output is bounded.
 */
export class CommandRunner extends Context.Service<
  CommandRunner,
  {
    /** What a command that ended with 0 has printed on standard output. */
    readonly run: (command: CommandLine) => Effect.Effect<string, CommandError>
  }
>()("tickd/ops/CommandRunner") {}

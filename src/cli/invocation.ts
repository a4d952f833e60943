import { Console, Context, Effect } from "effect"

/** Variables of the environment, as a shell gives them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Where a verb prints. Colours and hints are for a terminal only. */
export interface Screen {
  /** stdout is a terminal. */
  readonly isTerminal: boolean
  /** stderr is a terminal. */
  readonly hasErrorTerminal: boolean
  readonly isColoured: boolean
  /** Width of stdout in columns; 80 where it is not known. */
  readonly columns: number
}

/** A file or a pipe. */
export const noTerminal: Screen = { isTerminal: false, hasErrorTerminal: false, isColoured: false, columns: 80 }

/**
 * What a verb may know of its process. Composition roots provide it, and they alone read `process.env`.
 * `endWith` sets the exit code of a verb that did its work and found that not all is well.
 */
export class Invocation extends Context.Service<
  Invocation,
  {
    readonly env: Variables
    /** Succeeds when the process is asked to stop. */
    readonly stopRequested: Effect.Effect<void>
    readonly endWith: (code: number) => Effect.Effect<void>
    readonly screen: Screen
  }
>()("tickd/cli/Invocation") {}

/** Runs until it ends or the process is asked to stop. */
export const untilStopped = <A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A | void, E, R | Invocation> =>
  Effect.flatMap(Invocation, ({ stopRequested }) => Effect.raceFirst(body, stopRequested))

/** Sets the exit code of a verb whose check did not hold. */
export const endWith = (code: number) => Effect.flatMap(Invocation, (invocation) => invocation.endWith(code))

/** Source: no-color.org; a terminal named `dumb` cannot show colours. */
export const screenOf = (env: Variables, stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Screen => {
  const isTerminal = stdout.isTTY === true
  return {
    isTerminal,
    hasErrorTerminal: stderr.isTTY === true,
    isColoured: isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    columns: stdout.columns || 80
  }
}

/** Prints the next useful command on stderr, on a terminal only. */
const hint = (screen: Screen, next: string) => {
  if (!screen.isTerminal || !screen.hasErrorTerminal || next === "") return Effect.void
  return Console.error(screen.isColoured ? `\u001b[2mnext: ${next}\u001b[22m` : `next: ${next}`)
}

/**
 * Prints a result: with `--json` one object on one line, else the text. `next` names the command that is useful next;
 * it is printed on a terminal only.
 */
export const present = <A>(
  json: boolean,
  value: A,
  text: (value: A, screen: Screen) => string,
  next: (value: A) => string = () => ""
) =>
  Effect.flatMap(Invocation, ({ screen }) =>
    json
      ? Console.log(JSON.stringify(value))
      : Effect.andThen(Console.log(text(value, screen)), hint(screen, next(value)))
  )

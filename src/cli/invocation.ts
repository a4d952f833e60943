import { Console, Context, Effect } from "effect"
import { foldedText, paintOf } from "./terminal/layout.ts"
import type { Screen, Variables } from "./terminal/screen.ts"

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

/** Prints the next useful command on stderr, on a terminal only. */
const hint = (screen: Screen, next: string) => {
  if (!screen.isTerminal || !screen.hasErrorTerminal || next === "") return Effect.void
  return Console.error(paintOf(screen).faint(`next: ${next}`))
}

/**
 * Prints a result: with `--json` one object on one line, else the text, wrapped on a
 * terminal. `next` names the command that is useful next;
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
      : Effect.andThen(Console.log(foldedText(text(value, screen), screen)), hint(screen, next(value)))
  )

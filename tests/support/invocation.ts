import { Effect, Layer } from "effect"
import { ProcessShutdown } from "../../src/app/process-shutdown.ts"
import { Invocation } from "../../src/cli/invocation.ts"
import { noTerminal, type Screen, type Variables } from "../../src/cli/terminal/screen.ts"
import { Shutdown } from "../../src/platform/process/exit.ts"

/**
 * A process for verbs under test: no terminal, not stopped by default. `codes` receives the exit codes that a verb
 * sets.
 */
export const invocation = (
  env: Variables = {},
  given: { readonly screen?: Screen; readonly codes?: Array<number>; readonly stopRequested?: Effect.Effect<void> } = {}
): Layer.Layer<Invocation> =>
  Layer.succeed(Invocation, {
    env,
    stopRequested: given.stopRequested ?? Effect.never,
    endWith: (code) => Effect.sync(() => void given.codes?.push(code)),
    screen: given.screen ?? noTerminal
  })

/** The end of a process under test: it stays, whatever it is asked. */
export const noShutdown: Layer.Layer<ProcessShutdown> = Layer.sync(
  ProcessShutdown,
  () => new Shutdown({ exit: () => undefined, say: () => undefined, later: () => undefined })
)

import { Effect, Layer } from "effect"
import { Invocation, noTerminal, type Screen, type Variables } from "../../src/cli/invocation.ts"

/** A process for verbs under test: no terminal, never stopped. `codes` receives the exit codes that a verb sets. */
export const invocation = (
  env: Variables = {},
  given: { readonly screen?: Screen; readonly codes?: Array<number> } = {}
): Layer.Layer<Invocation> =>
  Layer.succeed(Invocation, {
    env,
    stopRequested: Effect.never,
    endWith: (code) => Effect.sync(() => void given.codes?.push(code)),
    screen: given.screen ?? noTerminal
  })

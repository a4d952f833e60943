import type { AnyStateMachine, StateMachine } from "xstate"

/** The parameter type of a command: it has none. The mark distinguishes it from the machine's internal actions. */
type CommandMark = undefined | { readonly isCommand: never }

/** An action that the machine commands and its actor performs. The machine alone ignores it. */
export const command: (_: unknown, mark: CommandMark) => void = () => undefined

// XState bounds the types in these places, and `unknown` is outside of the bounds.
type ActionOf<M> =
  // oxlint-disable-next-line typescript/no-explicit-any
  M extends StateMachine<any, any, any, any, infer A, any, any, any, any, any, any, any, any, any> ? A : never

/** The names of a machine's commands: its actor has one performer for each. */
export type CommandOf<M extends AnyStateMachine> = Extract<ActionOf<M>, { readonly params: CommandMark }>["type"]

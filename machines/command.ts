import type { AnyStateMachine, StateMachine } from "xstate"

/** The type of a command's parameters: it has none, and the mark separates it from what the machine does by itself. */
type CommandMark = undefined | { readonly isCommand: never }

/** An action that the machine orders and its actor performs. In a machine alone it does nothing. */
export const command: (_: unknown, mark: CommandMark) => void = () => undefined

// XState bounds the types in these places, and `unknown` is out of their bounds.
type ActionOf<M> =
  // oxlint-disable-next-line typescript/no-explicit-any
  M extends StateMachine<any, any, any, any, infer A, any, any, any, any, any, any, any, any, any> ? A : never

/** The names of a machine's commands: its actor has one performer for each. */
export type CommandOf<M extends AnyStateMachine> = Extract<ActionOf<M>, { readonly params: CommandMark }>["type"]

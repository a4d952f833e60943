import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate"

/** One transition of a machine for display. `state` and `target` are paths without the machine's own name. */
export interface ListedTransition {
  /** Distinguishes it from the machine's other transitions: state, event and index. */
  readonly key: string
  readonly state: string
  readonly event: string
  /** Empty: always allowed. */
  readonly guard: string
  /** Empty: the state stays, without entry and exit. */
  readonly target: string
  readonly actions: ReadonlyArray<string>
  readonly definition: AnyTransitionDefinition
}

/** The inner states of a machine, in the sequence of the source. */
export const stateNodesOf = (machine: AnyStateMachine): ReadonlyArray<AnyStateNode> => {
  const nodes: Array<AnyStateNode> = []
  const visit = (node: AnyStateNode) => {
    nodes.push(node)
    for (const child of Object.values(node.states)) visit(child)
  }
  visit(machine.root)
  return nodes
}

export const pathOf = (node: AnyStateNode): string => (node.path.length === 0 ? "(any)" : node.path.join("."))

/** A named action or guard; XState's own (the timers of `after`) have no such name. */
const nameOf = (reference: unknown): string | undefined => {
  const name = typeof reference === "string" ? reference : (reference as { readonly type?: string } | undefined)?.type
  return name === undefined || name.startsWith("xstate.") ? undefined : name
}

export const actionNames = (actions: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  actions.map(nameOf).filter((name) => name !== undefined)

/** `after.connectTimeout` for XState's `xstate.after.connectTimeout.session.link.connecting`. */
const eventName = (eventType: string, node: AnyStateNode): string =>
  eventType === ""
    ? "always"
    : eventType.startsWith("xstate.after.")
      ? `after ${eventType.slice("xstate.after.".length, -(node.id.length + 1))}`
      : eventType

/** All transitions of a machine, state by state. */
export const listTransitions = (machine: AnyStateMachine): ReadonlyArray<ListedTransition> =>
  stateNodesOf(machine).flatMap((node) =>
    [...(node.always ?? []), ...[...node.transitions.values()].flat()].map((definition, index) => {
      const event = eventName(definition.eventType, node)
      return {
        key: `${pathOf(node)} / ${event} / ${index}`,
        state: pathOf(node),
        event,
        guard: nameOf(definition.guard) ?? "",
        target: (definition.target ?? []).map(pathOf).join(", "),
        actions: actionNames(definition.actions),
        definition
      }
    })
  )

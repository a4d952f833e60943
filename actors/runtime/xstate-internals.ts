// All that this project uses of the private parts of xstate; tests/unit/actors/runtime/xstate-internals.test.ts
// checks the pinned version. A step is a pure function over ONE inert actor: `transition()` of the package builds an
// actor and an actor system for each call, which costs 55 µs instead of 13. It writes the inert actor's private
// `_snapshot`.
import {
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type ExecutableActionObject,
  type InputFrom,
  type SnapshotFrom
} from "xstate"

interface InertScope {
  readonly self: { _snapshot: unknown }
  readonly scope: never
  actions: Array<ExecutableActionObject>
}

/** One inert actor for each machine, not for each actor that runs it: a step is synchronous, so steps never overlap. */
const inertScopes = new WeakMap<AnyStateMachine, InertScope>()

const inertScopeOf = (machine: AnyStateMachine, input: unknown): InertScope => {
  const known = inertScopes.get(machine)
  if (known !== undefined) return known
  // Needs a real input: with an undefined delay the initial state would skip its timers.
  const self = createActor(machine, { input } as never)
  const inert: InertScope = {
    self: self as unknown as InertScope["self"],
    actions: [],
    scope: {
      self,
      id: "",
      sessionId: "",
      system: self.system,
      logger: () => undefined,
      defer: () => undefined,
      emit: () => undefined,
      stopChild: () => undefined,
      actionExecutor: (action: ExecutableActionObject) => {
        inert.actions.push(action)
      }
    } as never
  }
  inertScopes.set(machine, inert)
  return inert
}

/** The first step of a machine: its initial state and the actions of its entry. */
export const firstStep = <M extends AnyStateMachine>(machine: M, input: InputFrom<M>) => {
  const inert = inertScopeOf(machine, input)
  inert.actions = []
  const snapshot = machine.getInitialSnapshot(inert.scope, input)
  return [snapshot as SnapshotFrom<M>, inert.actions] as const
}

/** The step of one event. Throws when the machine never took its first step. */
export const nextStep = <M extends AnyStateMachine>(machine: M, from: SnapshotFrom<M>, event: EventFromLogic<M>) => {
  const inert = inertScopes.get(machine)
  if (inert === undefined) throw new Error(`machine ${machine.id} was stepped before its first step`)
  inert.actions = []
  inert.self._snapshot = from
  const snapshot = machine.transition(from as never, event as never, inert.scope)
  return [snapshot as SnapshotFrom<M>, inert.actions] as const
}

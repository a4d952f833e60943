import { Clock, Effect, Exit, Queue } from "effect"
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type ExecutableActionObject,
  type InputFrom,
  type SnapshotFrom
} from "xstate"

/** A step that a machine took: what came in, where it stands now, what it ordered. */
export interface Transition<M extends AnyStateMachine> {
  readonly atMs: number
  readonly event: EventFromLogic<M> | { readonly type: string }
  readonly from: string
  readonly to: string
  readonly snapshot: SnapshotFrom<M>
}

export interface MachineOptions<M extends AnyStateMachine, E, R> {
  readonly input: InputFrom<M>
  readonly mailbox: Queue.Dequeue<EventFromLogic<M>>
  /** Carries out one command of the machine. A failure ends the actor: the supervisor decides what follows. */
  readonly perform: (command: string, snapshot: SnapshotFrom<M>) => Effect.Effect<void, E, R>
  readonly onTransition?: (transition: Transition<M>) => void
}

interface Timer {
  readonly id: string
  readonly event: { readonly type: string }
  readonly dueMs: number
}

/** `streaming` or `{a: "x"}` as one readable word. */
export const stateName = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/**
 * XState's step as a pure function over ONE inert actor: `transition()` of the package builds an actor and an actor
 * system a call, which costs 55 µs instead of 13. It writes the inert actor's private `_snapshot`, so xstate is pinned
 * and `tests/unit/machine-actor.test.ts` holds this equal to `transition()`.
 */
export const makeStep = <M extends AnyStateMachine>(machine: M, input: InputFrom<M>) => {
  let actions: Array<ExecutableActionObject> = []
  const self = createActor(machine, { input } as never)
  const scope = {
    self,
    id: "",
    sessionId: "",
    system: self.system,
    logger: () => undefined,
    defer: () => undefined,
    emit: () => undefined,
    stopChild: () => undefined,
    actionExecutor: (action: ExecutableActionObject) => {
      actions.push(action)
    }
  } as never
  const ran = (snapshot: unknown) => [snapshot as SnapshotFrom<M>, actions] as const
  return {
    initial: () => {
      actions = []
      return ran(machine.getInitialSnapshot(scope, input))
    },
    next: (snapshot: SnapshotFrom<M>, event: EventFromLogic<M>) => {
      actions = []
      ;(self as unknown as { _snapshot: unknown })._snapshot = snapshot
      return ran(machine.transition(snapshot as never, event as never, scope))
    }
  }
}

/**
 * Runs a machine in the calling fiber until it reaches a final state: XState decides, `perform` acts.
 *
 * Timers are deadlines that the mailbox loop waits for, not messages: one that belongs to a left state is gone with it
 * and cannot fire late. Time is Effect's `Clock`, so a test owns it.
 */
export const runMachine = Effect.fnUntraced(function* <M extends AnyStateMachine, E, R>(
  machine: M,
  options: MachineOptions<M, E, R>
) {
  const step = makeStep(machine, options.input)
  const timers = new Map<string, Timer>()

  const carryOut = Effect.fnUntraced(function* (
    actions: ReadonlyArray<ExecutableActionObject>,
    snapshot: SnapshotFrom<M>
  ) {
    for (const action of actions) {
      const params = action.params as { id?: string; sendId?: string; delay?: number; event?: { type: string } }
      if (action.type === "xstate.cancel") timers.delete(params.sendId as string)
      else if (action.type === "xstate.raise" && params.delay !== undefined) {
        const id = params.id as string
        const dueMs = (yield* Clock.currentTimeMillis) + params.delay
        timers.delete(id)
        timers.set(id, { id, event: params.event as { type: string }, dueMs })
      } else yield* options.perform(action.type, snapshot)
    }
  })

  let [snapshot, actions] = step.initial()
  const report = (event: Transition<M>["event"], from: string, atMs: number) =>
    options.onTransition?.({ atMs, event, from, to: stateName((snapshot as AnyMachineSnapshot).value), snapshot })
  report({ type: "xstate.init" }, "", yield* Clock.currentTimeMillis)
  yield* carryOut(actions, snapshot)

  while ((snapshot as AnyMachineSnapshot).status === "active") {
    const event = yield* nextEvent(options.mailbox, timers)
    const from = stateName((snapshot as AnyMachineSnapshot).value)
    ;[snapshot, actions] = step.next(snapshot, event as EventFromLogic<M>)
    report(event, from, yield* Clock.currentTimeMillis)
    yield* carryOut(actions, snapshot)
  }
  const last = snapshot as AnyMachineSnapshot
  return last.status === "error" ? yield* Effect.die(last.error) : snapshot
})

/** The next message, or the earliest timer when it is due first. A message that is there already goes before a timer. */
const nextEvent = Effect.fnUntraced(function* <A>(mailbox: Queue.Dequeue<A>, timers: Map<string, Timer>) {
  const waiting = Queue.takeUnsafe(mailbox)
  if (waiting !== undefined && Exit.isSuccess(waiting)) return waiting.value
  let first: Timer | undefined
  for (const timer of timers.values()) if (first === undefined || timer.dueMs < first.dueMs) first = timer
  if (first === undefined) return yield* Queue.take(mailbox)
  const leftMs = first.dueMs - (yield* Clock.currentTimeMillis)
  if (leftMs > 0) {
    const message = yield* Queue.take(mailbox).pipe(Effect.timeoutOption(leftMs))
    if (message._tag === "Some") return message.value
  }
  timers.delete(first.id)
  return first.event
})

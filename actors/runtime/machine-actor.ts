import { Cause, Clock, Effect, Exit, Queue } from "effect"
import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  EventFromLogic,
  ExecutableActionObject,
  InputFrom,
  SnapshotFrom
} from "xstate"
import type { CommandOf } from "../../machines/command.ts"
import { endOf } from "./child-end.ts"
import type { Registry } from "./registry.ts"
import { firstStep, nextStep } from "./xstate-internals.ts"

/**
 * The implementation of each command of a machine, by its name. A failure ends the actor; the supervisor then
 * decides.
 */
export type Performers<M extends AnyStateMachine, E = never, R = never> = Readonly<
  Record<CommandOf<M>, (snapshot: SnapshotFrom<M>) => Effect.Effect<void, E, R>>
>

/** A step of a machine: the event, the new state, and the commands. */
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
  /** Executes one command of the machine. */
  readonly perform: (command: string, snapshot: SnapshotFrom<M>) => Effect.Effect<void, E, R>
  readonly onTransition?: (transition: Transition<M>) => void
  /** The name of a state in reports; of a parallel machine, that of the most significant region. */
  readonly nameOf?: (value: unknown) => string
}

interface Timer {
  readonly id: string
  readonly event: { readonly type: string }
  /** Monotonic: a wall clock that is set back by an hour would delay each timeout by an hour. */
  readonly dueNanos: bigint
}

/** `streaming` or `{a: "x"}` as one readable word. */
export const stateName = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

const noActions: Array<ExecutableActionObject> = []

/**
 * Runs a machine in the calling fiber until it reaches a final state: XState decides, `perform` acts. Timers are
 * deadlines of the mailbox loop, not messages: a timer ends with its state and cannot fire late. Time is Effect's
 * `Clock`, so that a test controls it.
 */
export const runMachine = Effect.fnUntraced(function* <M extends AnyStateMachine, E, R>(
  machine: M,
  options: MachineOptions<M, E, R>
) {
  const nameOf = options.nameOf ?? stateName
  const timers = new Map<string, Timer>()

  const carryOut = Effect.fnUntraced(function* (
    actions: ReadonlyArray<ExecutableActionObject>,
    snapshot: SnapshotFrom<M>
  ) {
    for (const action of actions) {
      const params = action.params as { id?: string; sendId?: string; delay?: number; event?: { type: string } }
      if (action.type === "xstate.cancel") timers.delete(params.sendId as string)
      else if (action.type === "xstate.raise") {
        // Without a delay the machine has already processed its own event within the step that raised it.
        if (params.delay === undefined) continue
        const id = params.id as string
        const dueNanos = (yield* Clock.monotonicTimeNanos) + BigInt(Math.round(params.delay * 1e6))
        timers.delete(id)
        timers.set(id, { id, event: params.event as { type: string }, dueNanos })
      } else yield* options.perform(action.type, snapshot)
    }
  })

  let [snapshot, actions] = firstStep(machine, options.input)
  const report = (event: Transition<M>["event"], from: string, atMs: number) =>
    options.onTransition?.({ atMs, event, from, to: nameOf((snapshot as AnyMachineSnapshot).value), snapshot })
  report({ type: "xstate.init" }, "", yield* Clock.currentTimeMillis)
  yield* carryOut(actions, snapshot)
  // An actor waits much longer than it acts, so finished actions are not retained.
  actions = noActions

  while ((snapshot as AnyMachineSnapshot).status === "active") {
    // A waiting message is processed before a timer.
    const waiting = Queue.takeUnsafe(options.mailbox)
    let event: Transition<M>["event"]
    if (waiting !== undefined && Exit.isSuccess(waiting)) event = waiting.value
    else {
      const timer = earliest(timers)
      event = yield* nextMessage(options.mailbox, timer, yield* Clock.monotonicTimeNanos)
      if (timer !== undefined && event === timer.event) timers.delete(timer.id)
    }
    const from = nameOf((snapshot as AnyMachineSnapshot).value)
    ;[snapshot, actions] = nextStep(machine, snapshot, event as EventFromLogic<M>)
    report(event, from, yield* Clock.currentTimeMillis)
    yield* carryOut(actions, snapshot)
    actions = noActions
  }
  const last = snapshot as AnyMachineSnapshot
  return last.status === "error" ? yield* Effect.die(last.error) : snapshot
})

const earliest = (timers: Map<string, Timer>): Timer | undefined => {
  let first: Timer | undefined
  for (const timer of timers.values()) if (first === undefined || timer.dueNanos < first.dueNanos) first = timer
  return first
}

/**
 * The next message, or the timer when it is due first. No generator: an actor spends most of its time in this frame.
 */
const nextMessage = <A>(mailbox: Queue.Dequeue<A>, timer: Timer | undefined, nowNanos: bigint): Effect.Effect<A> => {
  if (timer === undefined) return Queue.take(mailbox)
  const due = timer.event as A
  return timer.dueNanos <= nowNanos
    ? Effect.succeed(due)
    : Effect.raceFirst(Queue.take(mailbox), Effect.as(Effect.sleep(Number(timer.dueNanos - nowNanos) / 1e6), due))
}

/** Control events are rare. A full mailbox is a fault: the actor ends with it instead of losing an event. */
const mailboxCapacity = 256

/** The state of a machine, or why it has none: its actor crashed, or its supervisor has stopped it. */
export type Standing<M extends AnyStateMachine> =
  | {
      readonly type: "stands"
      readonly atMs: number
      /** The machine's first state. */
      readonly begins: boolean
      readonly snapshot: SnapshotFrom<M>
    }
  | { readonly type: "crashed"; readonly atMs: number; readonly error: string }
  | { readonly type: "stopped"; readonly atMs: number }

export interface MachineActorOptions<M extends AnyStateMachine, E, R> {
  readonly actor: string
  readonly input: InputFrom<M>
  readonly registry: Registry
  readonly performers: Performers<M, E, R>
  /** Context for display: without secrets and constants. */
  readonly contextOf: (snapshot: SnapshotFrom<M>) => Record<string, unknown>
  readonly nameOf?: (value: unknown) => string
  /** Displayed state after the supervisor has stopped the actor. */
  readonly stoppedAs: string
  /** Called with each step of the machine and with the end of its actor, before anything else hears of it. */
  readonly follow?: (standing: Standing<M>) => void
  readonly onTransition?: (transition: Transition<M>) => void
  /** Called with the mailbox's entrance and its number of waiting events, before the machine starts. */
  readonly onMailbox?: (offer: (event: EventFromLogic<M>) => void, waiting: () => number) => void
  /** Runs beside the machine and never ends. */
  readonly beside?: Effect.Effect<never, never, R>
}

/**
 * A machine with its own bounded mailbox, shown in the registry. Ends when the machine is in a final state; dies when
 * the mailbox overflows.
 */
export const runMachineActor = <M extends AnyStateMachine, E = never, R = never>(
  machine: M,
  options: MachineActorOptions<M, E, R>
): Effect.Effect<SnapshotFrom<M>, E, R> =>
  Effect.flatMap(Queue.bounded<EventFromLogic<M>>(mailboxCapacity), (mailbox) => {
    const { actor, registry } = options
    const offer = (event: EventFromLogic<M>) => {
      if (!Queue.offerUnsafe(mailbox, event))
        Queue.failCauseUnsafe(mailbox, Cause.die(new Error(`mailbox of ${actor} overflowed at ${event.type}`)))
    }
    options.onMailbox?.(offer, () => Queue.sizeUnsafe(mailbox))
    const machineRuns = runMachine(machine, {
      input: options.input,
      mailbox,
      perform: (command, snapshot) => options.performers[command as CommandOf<M>](snapshot),
      ...(options.nameOf === undefined ? {} : { nameOf: options.nameOf }),
      onTransition: (transition) => {
        const { atMs, event, to, snapshot } = transition
        const type = (event as { readonly type: string }).type
        const { value } = snapshot as AnyMachineSnapshot
        options.follow?.({ type: "stands", atMs, begins: type === "xstate.init", snapshot })
        registry.noteTransition(actor, { state: to, value, event: type, atMs, context: options.contextOf(snapshot) })
        options.onTransition?.(transition)
      }
    })
    const runs = options.beside === undefined ? machineRuns : Effect.raceFirst(machineRuns, options.beside)
    return Effect.onExit(runs, (exit) => {
      if (Exit.isSuccess(exit)) return Effect.void
      return Effect.map(Clock.currentTimeMillis, (atMs) => {
        if (!Cause.hasInterruptsOnly(exit.cause)) {
          const { reason: error } = endOf(exit)
          options.follow?.({ type: "crashed", atMs, error })
          return registry.noteCrash(actor, { atMs, error })
        }
        options.follow?.({ type: "stopped", atMs })
        const context = registry.actor(actor)?.context ?? {}
        registry.noteTransition(actor, { state: options.stoppedAs, event: "actor stopped", atMs, context })
      })
    })
  })

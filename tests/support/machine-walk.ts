import { Effect, Fiber, Queue } from "effect"
import { TestClock } from "effect/testing"
import { type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine, assign, type EventObject } from "xstate"
import { getShortestPaths } from "xstate/graph"
import { runMachine, stateName } from "../../actors/runtime/machine-actor.ts"
import { listTransitions } from "../../machines/transition-list.ts"
import { makeStep } from "./machine-step.ts"

export interface WalkOptions {
  readonly input: object
  /** Every event with every payload that a guard distinguishes. */
  readonly events: ReadonlyArray<AnyEventObject>
  /** The part of the context that guards use, bounded: states with equal parts are one. */
  readonly abstract: (context: Record<string, unknown>) => unknown
  /** Leaves out events that would only multiply the states. */
  readonly worthTrying?: (snapshot: AnyMachineSnapshot, event: EventObject) => boolean
}

interface Walk {
  readonly transitions: number
  readonly covered: ReadonlySet<string>
  readonly missed: ReadonlyArray<string>
  readonly paths: number
  readonly states: number
}

/** One virtual second for each step of a path; a timer that the path does not fire is due long after its end. */
const stepMs = 1000
const neverMs = 1e9

const timersOf = (snapshot: AnyMachineSnapshot): ReadonlyArray<EventObject> =>
  snapshot._nodes.flatMap((node) =>
    [...node.transitions.keys()].filter((type) => type.startsWith("xstate.after.")).map((type) => ({ type }))
  )

/**
 * Takes every transition of a machine in the interpreter: xstate/graph finds shortest paths; each path that takes a
 * transition for the first time is replayed on the test clock, and the states must equal those of the graph.
 */
export const walkMachine = Effect.fnUntraced(function* (machine: AnyStateMachine, options: WalkOptions) {
  let note: (key: string) => void = () => undefined
  let delayOf: (name: string) => number = () => neverMs
  const delays = Object.keys((machine.implementations as { delays: object }).delays)
  const walked = machine.provide({
    delays: Object.fromEntries(delays.map((name) => [name, () => delayOf(name)]))
  } as never) as AnyStateMachine
  const listed = listTransitions(walked)
  for (const { key, definition } of listed) {
    // An assign runs inside the step itself, so it shows which transition the interpreter's own step took.
    const taken = assign(() => {
      note(key)
      return {}
    })
    Object.assign(definition, { actions: [...definition.actions, taken] })
  }

  const eventsAt = (snapshot: AnyMachineSnapshot) =>
    snapshot.status === "active" ? [...options.events, ...timersOf(snapshot)] : []
  const serializeState = ({ value, context }: AnyMachineSnapshot) =>
    JSON.stringify([value, options.abstract(context as never)])
  // Breadth first: once each transition is found, a longer path adds nothing.
  const found = new Set<string>()
  note = (key) => found.add(key)
  const paths = getShortestPaths(walked, {
    input: options.input,
    events: eventsAt,
    serializeState,
    stopWhen: () => found.size === listed.length,
    filterEvents: (snapshot: AnyMachineSnapshot, event: EventObject) => options.worthTrying?.(snapshot, event) ?? true
  } as never) as unknown as ReadonlyArray<{
    readonly state: AnyMachineSnapshot
    readonly steps: ReadonlyArray<{ readonly event: EventObject; readonly state: AnyMachineSnapshot }>
  }>
  note = () => undefined

  const step = makeStep(walked, options.input as never)
  const planned = new Set<string>()
  const chosen: Array<{ events: ReadonlyArray<EventObject>; states: ReadonlyArray<string> }> = []
  for (const { state, steps } of [...paths].sort((a, b) => a.steps.length - b.steps.length)) {
    if (planned.size === listed.length) break
    for (const event of eventsAt(state)) {
      const fired = new Set<string>()
      note = (key) => fired.add(key)
      const [after] = step.next(state as never, event as never)
      note = () => undefined
      if ([...fired].every((key) => planned.has(key))) continue
      for (const key of fired) planned.add(key)
      const reached = [...steps.map(({ state }) => state), after as AnyMachineSnapshot]
      chosen.push({
        events: [...steps.map((taken) => taken.event), event].filter(({ type }) => type !== "xstate.init"),
        // The first step of a path is the start itself: its state is the initial state.
        states: reached.map(({ value }) => stateName(value)).slice(steps[0]?.event.type === "xstate.init" ? 1 : 0)
      })
    }
  }

  const covered = new Set<string>()
  for (const { events, states } of chosen) {
    let at = -1
    delayOf = (name) => {
      const next = events.findIndex(({ type }, index) => index > at && type.startsWith(`xstate.after.${name}.`))
      return next < 0 ? neverMs : (next - at) * stepMs
    }
    const mailbox = yield* Queue.unbounded<EventObject>()
    const seen: Array<string> = []
    // The steps that the start itself takes count as well.
    note = (key) => covered.add(key)
    // The actor's record after each event from its mailbox or its timers.
    const fiber = yield* runMachine(walked, {
      input: options.input as never,
      mailbox: mailbox as never,
      perform: () => Effect.void,
      onTransition: ({ to }) => void seen.push(to)
    }).pipe(Effect.delay(1), Effect.forkChild)
    yield* TestClock.adjust(2)
    for (const [index, event] of events.entries()) {
      at = index
      yield* TestClock.adjust(stepMs - 2)
      if (!event.type.startsWith("xstate.after.")) yield* Queue.offer(mailbox, event)
      yield* TestClock.adjust(2)
    }
    note = () => undefined
    yield* Fiber.interrupt(fiber)
    const foretold = states.join(" > ")
    const walkedTo = seen.slice(1).join(" > ")
    if (walkedTo !== foretold) {
      return yield* Effect.die(
        new Error(`${events.map(({ type }) => type).join(", ")}\nforetold ${foretold}\nfound    ${walkedTo}`)
      )
    }
  }
  const walk: Walk = {
    transitions: listed.length,
    covered,
    missed: listed.map(({ key }) => key).filter((key) => !covered.has(key)),
    paths: chosen.length,
    states: paths.length
  }
  return walk
})

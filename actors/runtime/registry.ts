import type { SupervisorEvent } from "./supervisor-event.ts"
import { RestartHistory, type RestartRecord } from "./supervisor-history.ts"

/** State of an actor's machine. */
export interface ActorState {
  readonly actor: string
  readonly state: string
  /** The machine's own state value: an object when it has regions. */
  readonly value: unknown
  readonly sinceMs: number
  readonly lastEvent: string
  readonly transitions: number
  /** Number of restarts of the machine. */
  readonly restarts: number
  /** Context without secrets. */
  readonly context: Readonly<Record<string, unknown>>
  /** Its state when it crashed; undefined while it runs. */
  readonly crashedIn?: string | undefined
}

/** Displayed state between the crash of an actor and its restart. */
const crashedState = "crashed"

/** State of a child of the tree. */
export interface ChildState {
  readonly path: string
  readonly state: "starting" | "running" | "backing off" | "stopping" | "stopped" | "given up" | "abandoned"
  readonly sinceMs: number
  readonly restarts: number
  readonly lastReason: string | undefined
}

/** A change of the registry. `from`: the previous state, empty for a machine's first. */
export type RegistryChange =
  | { readonly type: "transition"; readonly actor: ActorState; readonly from: string; readonly atMs: number }
  | { readonly type: "supervisor"; readonly event: SupervisorEvent; readonly child: ChildState | undefined }

/**
 * Actors and children with their states and times, as shown by `tickd status`. Written by supervisors and machine
 * actors only.
 */
export class Registry {
  private readonly actorStates = new Map<string, ActorState>()
  private readonly childStates = new Map<string, ChildState>()
  private readonly history = new RestartHistory()
  private readonly listeners = new Set<(change: RegistryChange) => void>()

  /**
   * Calls `listener` with every change, synchronously and in sequence; it must not wait. Returns a function that
   * stops it.
   */
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  actors(): ReadonlyArray<ActorState> {
    return [...this.actorStates.values()]
  }

  children(): ReadonlyArray<ChildState> {
    return [...this.childStates.values()]
  }

  actor(name: string): ActorState | undefined {
    return this.actorStates.get(name)
  }

  /** The last state of the machine itself: of a crashed one, the state in which it crashed. */
  stoodIn(name: string): string | undefined {
    const actor = this.actorStates.get(name)
    return actor?.crashedIn ?? actor?.state
  }

  /** Restarts of all children since the start of the daemon. */
  restarts(): number {
    let sum = 0
    for (const child of this.childStates.values()) sum += child.restarts
    return sum
  }

  /** The newest restarts with their causes, oldest first. */
  restartHistory(): ReadonlyArray<RestartRecord> {
    return this.history.all()
  }

  /** Children whose stop has begun and not ended; the one that the others wait for is last. */
  stopping(): ReadonlyArray<string> {
    return this.children()
      .filter(({ state }) => state === "stopping")
      .map(({ path }) => path)
  }

  noteTransition(
    actor: string,
    step: { state: string; event: string; atMs: number; context: Record<string, unknown>; value?: unknown }
  ) {
    const before = this.actorStates.get(actor)
    const begins = step.event === "xstate.init"
    const after: ActorState = {
      actor,
      state: step.state,
      value: step.value ?? step.state,
      sinceMs: before?.state === step.state && !begins ? before.sinceMs : step.atMs,
      lastEvent: step.event,
      transitions: (before?.transitions ?? 0) + 1,
      restarts: (before?.restarts ?? 0) + (begins && before !== undefined ? 1 : 0),
      context: step.context
    }
    this.actorStates.set(actor, after)
    this.tell({ type: "transition", actor: after, from: begins ? "" : (before?.state ?? ""), atMs: step.atMs })
  }

  /** An actor crashed: the state of its machine is no longer valid. `error`: the reason, in one sentence. */
  noteCrash(actor: string, crash: { readonly error: string; readonly atMs: number }) {
    const before = this.actorStates.get(actor)
    if (before === undefined) return
    const { state: crashedIn, transitions } = before
    const after: ActorState = {
      ...before,
      state: crashedState,
      value: crashedState,
      sinceMs: crash.atMs,
      lastEvent: "actor crashed",
      transitions: transitions + 1,
      context: { ...before.context, crashedIn, lastError: crash.error },
      crashedIn
    }
    this.actorStates.set(actor, after)
    this.tell({ type: "transition", actor: after, from: crashedIn, atMs: crash.atMs })
  }

  noteSupervisor(event: SupervisorEvent) {
    this.noteChild(event)
    this.history.note(event)
    this.tell({ type: "supervisor", event, child: this.childStates.get(`${event.supervisor}/${event.child}`) })
  }

  private tell(change: RegistryChange) {
    for (const listener of this.listeners) listener(change)
  }

  private noteChild(event: SupervisorEvent): unknown {
    const path = `${event.supervisor}/${event.child}`
    const before = this.childStates.get(path)
    const next = (state: ChildState["state"], lastReason = before?.lastReason, restarts = before?.restarts ?? 0) =>
      this.childStates.set(path, { path, state, sinceMs: event.atMs, restarts, lastReason })
    switch (event.type) {
      case "started":
        return next("starting")
      case "ready":
        return next("running")
      case "stopping":
        return next("stopping")
      case "ended":
        return next("stopped", event.how === "interrupted" ? before?.lastReason : event.reason)
      case "restarting":
        return next("backing off", event.reason, (before?.restarts ?? 0) + 1)
      case "abandoned":
        return next("abandoned", `did not stop within ${event.afterMs} ms`)
      case "gaveUp":
        return next("given up", event.reason)
      case "removed":
        return this.childStates.delete(path)
      case "shutDown":
      case "endedLate":
        return undefined
    }
  }
}

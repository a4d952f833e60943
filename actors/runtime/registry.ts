import type { SupervisorEvent } from "./supervisor-event.ts"
import { RestartHistory, type RestartRecord } from "./supervisor-history.ts"

/** How an actor's machine stands. */
export interface ActorState {
  readonly actor: string
  readonly state: string
  /** The machine's own state value: an object when it has regions. */
  readonly value: unknown
  readonly sinceMs: number
  readonly lastEvent: string
  readonly transitions: number
  /** How often the machine began anew. */
  readonly restarts: number
  /** Context without secrets. */
  readonly context: Readonly<Record<string, unknown>>
  /** Where it stood when it crashed; undefined while it lives. */
  readonly crashedIn?: string | undefined
}

/** State that is shown between the crash of an actor and its restart. */
const crashedState = "crashed"

/** How a child of the tree stands. */
export interface ChildState {
  readonly path: string
  readonly state: "starting" | "running" | "backing off" | "stopping" | "stopped" | "given up" | "abandoned"
  readonly sinceMs: number
  readonly restarts: number
  readonly lastReason: string | undefined
}

/** What the registry was just told. `from`: the state before, empty for a machine's first. */
export type RegistryChange =
  | { readonly type: "transition"; readonly actor: ActorState; readonly from: string; readonly atMs: number }
  | { readonly type: "supervisor"; readonly event: SupervisorEvent; readonly child: ChildState | undefined }

/** Who lives, in which state, since when: what `tickd status` shows. Written by supervisors and machine actors only. */
export class Registry {
  private readonly actorStates = new Map<string, ActorState>()
  private readonly childStates = new Map<string, ChildState>()
  private readonly history = new RestartHistory()
  private readonly listeners = new Set<(change: RegistryChange) => void>()

  /** Calls `listener` with every change, synchronously and in order; it must not wait. Returns its end. */
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

  /** The last state that its machine itself took: of a crashed one, the state in which it crashed. */
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

  /** The children whose stop has begun and not ended, the one that the others wait for last. */
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

  /** A machine is gone with its actor: what it stood in is no longer true. `error`: why, in one sentence. */
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

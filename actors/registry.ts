import type { SupervisorEvent } from "./supervisor.ts"

/** How an actor's machine stands. */
export interface ActorState {
  readonly actor: string
  readonly state: string
  readonly sinceMs: number
  readonly lastEvent: string
  readonly transitions: number
  /** Context without secrets. */
  readonly context: Readonly<Record<string, unknown>>
}

/** How a child of the tree stands. */
export interface ChildState {
  readonly path: string
  readonly state: "starting" | "running" | "backing off" | "stopped" | "given up" | "abandoned"
  readonly sinceMs: number
  readonly restarts: number
  readonly lastReason: string | undefined
}

/** Who lives, in which state, since when: what `tickd status` shows. Written by supervisors and machine actors only. */
export class Registry {
  private readonly actorStates = new Map<string, ActorState>()
  private readonly childStates = new Map<string, ChildState>()

  actors(): ReadonlyArray<ActorState> {
    return [...this.actorStates.values()]
  }

  children(): ReadonlyArray<ChildState> {
    return [...this.childStates.values()]
  }

  actor(name: string): ActorState | undefined {
    return this.actorStates.get(name)
  }

  /** Restarts of all children since the start of the daemon. */
  restarts(): number {
    let sum = 0
    for (const child of this.childStates.values()) sum += child.restarts
    return sum
  }

  noteTransition(
    actor: string,
    step: { state: string; event: string; atMs: number; context: Record<string, unknown> }
  ) {
    const before = this.actorStates.get(actor)
    this.actorStates.set(actor, {
      actor,
      state: step.state,
      sinceMs: before?.state === step.state ? before.sinceMs : step.atMs,
      lastEvent: step.event,
      transitions: (before?.transitions ?? 0) + 1,
      context: step.context
    })
  }

  noteSupervisor(event: SupervisorEvent) {
    const path = `${event.supervisor}/${event.child}`
    const before = this.childStates.get(path)
    const next = (state: ChildState["state"], lastReason = before?.lastReason, restarts = before?.restarts ?? 0) =>
      this.childStates.set(path, { path, state, sinceMs: event.atMs, restarts, lastReason })
    switch (event.type) {
      case "started":
        return next("starting")
      case "ready":
        return next("running")
      case "ended":
        return next("stopped", event.how === "interrupted" ? before?.lastReason : event.reason)
      case "restarting":
        return next("backing off", event.reason, (before?.restarts ?? 0) + 1)
      case "abandoned":
        return next("abandoned", `did not stop within ${event.afterMs} ms`)
      case "gaveUp":
        return next("given up", event.reason)
    }
  }
}

import { Deferred, Effect } from "effect"
import { type AutoShutdown, type ChildSpec, faultOf, restartOf } from "./child-spec.ts"
import { type Child, newChild } from "./supervisor-children.ts"
import { SupervisorRefused } from "./supervisor-error.ts"

export interface ChildInfo {
  readonly id: string
  readonly state: Child<never>["state"]
  readonly kind: "worker" | "supervisor"
}

export interface ChildCounts {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

type Answer<A> = Effect.Effect<A, SupervisorRefused>

/** Functions of the running supervisor for the code that changes its children. */
export interface SupervisorHandle<R> {
  readonly name: string
  readonly autoShutdown: AutoShutdown
  readonly children: () => ReadonlyArray<Child<R>>
  readonly add: (child: Child<R>) => void
  readonly remove: (child: Child<R>) => void
  /** Starts a child. Succeeds with the reason when it ended without being ready. */
  readonly start: (child: Child<R>) => Effect.Effect<string | undefined>
  readonly stop: (child: Child<R>) => Effect.Effect<void>
  /** Executes a request between two events, so that it never sees an unfinished restart. */
  readonly post: (request: Effect.Effect<void>) => void
}

const refuse = (code: SupervisorRefused["code"], message: string) =>
  Effect.fail(new SupervisorRefused({ code, message }))

/**
 * Dynamic children: the entrance to a running supervisor. Created before it and passed to it. It outlives restarts of
 * the supervisor, and refuses with `SUPERVISOR_NOT_RUNNING` in between. A child must not call its own supervisor
 * before it is ready: both would wait for each other.
 * Source: Erlang/OTP supervisor, start_child/2, terminate_child/2, restart_child/2, delete_child/2, which_children/1,
 * count_children/1.
 */
export class SupervisorControl<R = never> {
  private handle: SupervisorHandle<R> | undefined
  private readonly pending = new Set<() => void>()

  /** Called by the supervisor when it serves. The returned function detaches it and fails waiting requests. */
  attach(handle: SupervisorHandle<R>): () => void {
    this.handle = handle
    return () => {
      if (this.handle !== handle) return
      this.handle = undefined
      for (const fail of this.pending) fail()
      this.pending.clear()
    }
  }

  /**
   * Adds a child behind the others and starts it. A child that fails before it is ready, or is temporary and ends
   * before, is removed.
   */
  startChild(spec: ChildSpec<R>): Answer<void> {
    return this.ask((handle) => {
      const fault = faultOf(spec, handle.autoShutdown)
      if (fault !== undefined) return refuse("INVALID_CHILD_SPEC", fault)
      const present = find(handle, spec.id)
      if (present !== undefined)
        return present.state === "running"
          ? refuse("ALREADY_STARTED", `${handle.name}/${spec.id} is already running.`)
          : refuse("ALREADY_PRESENT", `${handle.name}/${spec.id} already exists: restart it, or delete it first.`)
      const child = newChild(spec)
      handle.add(child)
      return Effect.flatMap(handle.start(child), (reason) => {
        if (reason === undefined) return Effect.void
        handle.remove(child)
        return refuse("CHILD_NOT_STARTED", `${handle.name}/${spec.id} did not start: ${reason}`)
      })
    })
  }

  /** Stops a child; its specification stays unless it is temporary. */
  terminateChild(id: string): Answer<void> {
    return this.known(id, (handle, child) =>
      Effect.map(handle.stop(child), () => {
        if (restartOf(child.spec) === "temporary") handle.remove(child)
      })
    )
  }

  /** Starts a child that is down, or that waits for the restart of another. */
  restartChild(id: string): Answer<void> {
    return this.down(id, (handle, child) =>
      Effect.flatMap(handle.start(child), (reason) =>
        reason === undefined
          ? Effect.void
          : refuse("CHILD_NOT_STARTED", `${handle.name}/${id} did not start: ${reason}`)
      )
    )
  }

  /** Removes a child that is down, or that waits for the restart of another. */
  deleteChild(id: string): Answer<void> {
    return this.down(id, (handle, child) => Effect.sync(() => handle.remove(child)))
  }

  /** The children in start order. */
  get whichChildren(): Answer<ReadonlyArray<ChildInfo>> {
    return this.ask((handle) =>
      Effect.sync(() =>
        handle.children().map(({ spec, state }) => ({ id: spec.id, state, kind: spec.kind ?? ("worker" as const) }))
      )
    )
  }

  get countChildren(): Answer<ChildCounts> {
    return Effect.map(this.whichChildren, (children) => ({
      specs: children.length,
      active: children.filter(({ state }) => state === "running").length,
      supervisors: children.filter(({ kind }) => kind === "supervisor").length,
      workers: children.filter(({ kind }) => kind === "worker").length
    }))
  }

  private known<A>(id: string, act: (handle: SupervisorHandle<R>, child: Child<R>) => Answer<A>): Answer<A> {
    return this.ask((handle) => {
      const child = find(handle, id)
      return child === undefined ? refuse("CHILD_NOT_FOUND", `${handle.name} has no child ${id}.`) : act(handle, child)
    })
  }

  private down<A>(id: string, act: (handle: SupervisorHandle<R>, child: Child<R>) => Answer<A>): Answer<A> {
    return this.known(id, (handle, child) => {
      if (child.state === "down" || child.state === "waiting") return act(handle, child)
      return child.state === "restarting"
        ? refuse("CHILD_RESTARTING", `${handle.name}/${id} is about to be restarted.`)
        : refuse("CHILD_RUNNING", `${handle.name}/${id} is running: terminate it first.`)
    })
  }

  private ask<A>(carryOut: (handle: SupervisorHandle<R>) => Answer<A>): Answer<A> {
    return Effect.suspend(() => {
      const { handle } = this
      if (handle === undefined)
        return refuse("SUPERVISOR_NOT_RUNNING", "The supervisor is not running: try again later.")
      const answer = Deferred.makeUnsafe<A, SupervisorRefused>()
      const gone = () =>
        Deferred.doneUnsafe(answer, refuse("SUPERVISOR_NOT_RUNNING", `${handle.name} ended before it answered.`))
      const fail = () => void gone()
      this.pending.add(fail)
      handle.post(
        Effect.map(Effect.exit(Effect.suspend(() => carryOut(handle))), (exit) => {
          this.pending.delete(fail)
          Deferred.doneUnsafe(answer, exit)
        })
      )
      return Deferred.await(answer)
    })
  }
}

const find = <R>(handle: SupervisorHandle<R>, id: string) => handle.children().find(({ spec }) => spec.id === id)

import { Effect, Exit, Queue, Random, Scope } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import type { ChildEnd } from "./child-end.ts"
import { type AutoShutdown, type ChildSpec, faultOfAll, restartOf } from "./child-spec.ts"
import { admitRestart, type RestartLimit } from "./restart-intensity.ts"
import { type Child, makeChildren, newChild } from "./supervisor-children.ts"
import type { SupervisorControl } from "./supervisor-control.ts"
import { SupervisorGaveUp } from "./supervisor-error.ts"
import type { RestartCause } from "./supervisor-event.ts"

export type { ChildSpec } from "./child-spec.ts"
export { SupervisorGaveUp } from "./supervisor-error.ts"
export { type SupervisorEvent, SupervisorEvents } from "./supervisor-event.ts"

export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"

export interface SupervisorOptions {
  readonly name: string
  readonly strategy: Strategy
  readonly limit: RestartLimit
  readonly backoff: BackoffPolicy
  /** A child that served this long resets its backoff. A connect alone resets nothing. */
  readonly healthyAfterMs: number
  /** Default: never. */
  readonly autoShutdown?: AutoShutdown
  /** An error that no restart fixes: the supervisor gives up at once instead of using its restarts. */
  readonly isFatal?: (error: unknown) => boolean
  /**
   * Ready before its children, so that later siblings do not wait for them. A failed first start is then an end of
   * this supervisor like any later one. Default: false. Source: like handle_continue of a gen_server.
   */
  readonly readyAtOnce?: boolean
}

type Message<R> =
  | {
      readonly type: "ended"
      readonly child: Child<R>
      readonly generation: number
      readonly exit: Exit.Exit<unknown, unknown>
    }
  /** A failed start that is retried. */
  | { readonly type: "startFailed"; readonly child: Child<R>; readonly generation: number; readonly end: ChildEnd }
  /** The pause before the restart of a child has passed. */
  | { readonly type: "pauseEnded"; readonly child: Child<R>; readonly generation: number }
  | { readonly type: "request"; readonly request: Effect.Effect<void> }

/**
 * Runs the children until it gives up (fails), its significant children have ended (succeeds), or it is interrupted.
 * At its end they stop in reverse order, each within its deadline. docs/SUPERVISION.md has the semantics, sentence by
 * sentence.
 */
export const supervise = <R>(
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  ready: Effect.Effect<void> = Effect.void,
  control?: SupervisorControl<R>
): Effect.Effect<void, SupervisorGaveUp, Exclude<R, Scope.Scope>> =>
  Effect.scopedWith((scope) => superviseIn(scope, options, specs, ready, control)) as Effect.Effect<
    void,
    SupervisorGaveUp,
    Exclude<R, Scope.Scope>
  >

const superviseIn = Effect.fnUntraced(function* <R>(
  scope: Scope.Scope,
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  ready: Effect.Effect<void>,
  control: SupervisorControl<R> | undefined
) {
  const { name, strategy, limit } = options
  const autoShutdown = options.autoShutdown ?? "never"
  const fault = faultOfAll(specs, autoShutdown)
  if (fault !== undefined) {
    const chain = [`${name}/${fault.child}: ${fault.message}`]
    return yield* new SupervisorGaveUp({ supervisor: name, why: "spec", restarts: 0, fatal: true, chain, ...fault })
  }
  const seed = yield* Random.nextInt
  const mailbox = yield* Queue.unbounded<Message<R>>()
  const post = (message: Message<R>) => void Queue.offerUnsafe(mailbox, message)
  const lives = yield* makeChildren<R>(name, (child, generation, exit) =>
    post({ type: "ended", child, generation, exit })
  )
  const { tell, noteEnd, start, stop, stopAll, monotonicMs } = lives
  /** In start order. */
  const children = specs.map(newChild)
  let history: ReadonlyArray<number> = []

  const remove = (child: Child<R>) => {
    const at = children.indexOf(child)
    if (at < 0) return
    children.splice(at, 1)
    tell(child, { type: "removed" })
  }
  const isTemporary = (child: Child<R>) => restartOf(child.spec) === "temporary"
  /** A temporary child is never restarted. One that a retried first start has not reached yet still gets its start. */
  const comesBack = (child: Child<R>) => !isTemporary(child) || child.generation === 0

  const causeOf = (child: Child<R>, end: ChildEnd): RestartCause => ({
    how: end.how,
    reason: end.reason,
    chain: end.chain,
    lastState: child.spec.state?.() ?? (child.readyMs === undefined ? "starting" : "running"),
    servedMs: child.readyMs === undefined ? 0 : Math.round(monotonicMs() - child.readyMs),
    restarts: history.length,
    restartsMax: limit.restartsMax,
    periodMs: limit.periodMs
  })

  const giveUp = Effect.fnUntraced(function* (child: Child<R>, end: ChildEnd, why: "intensity" | "fatal" | "start") {
    tell(child, { type: "gaveUp", why, ...causeOf(child, end) })
    return yield* new SupervisorGaveUp({
      supervisor: name,
      child: child.spec.id,
      why,
      restarts: history.length,
      fatal: why === "fatal",
      chain: [...end.chain, `${name}/${child.spec.id} ${end.how}: ${end.reason}`],
      message: end.reason
    })
  })
  /** Reports of a previous start of a child change nothing. */
  const isCurrent = ({ child, generation }: { readonly child: Child<R>; readonly generation: number }) =>
    child.generation === generation
  const isFatal = (end: ChildEnd) => end.errors.some((error) => options.isFatal?.(error) === true)

  /** Marks siblings that start again with the restarted child. They are not down, and have no restart of their own. */
  const wait = (list: ReadonlyArray<Child<R>>) => {
    for (const child of list) child.state = "waiting"
  }

  const tryAgain = (child: Child<R>, end: ChildEnd) => {
    child.state = "restarting"
    post({ type: "startFailed", child, generation: child.generation, end })
  }

  /**
   * A child that ended before it was ready, without a failure, had nothing to do: it stays known and down, or is
   * removed.
   */
  const startOne = Effect.fnUntraced(function* (child: Child<R>) {
    const exit = yield* start(child)
    if (exit === undefined) return undefined
    const end = noteEnd(child, child.generation, exit)
    if (Exit.isFailure(exit)) return end
    if (isTemporary(child)) remove(child)
    return undefined
  })

  /** The first start: a child that fails it ends the supervisor, unless its specification says otherwise. */
  const startFirst = Effect.fnUntraced(function* () {
    const all = [...children]
    for (const [index, child] of all.entries()) {
      const end = yield* startOne(child)
      if (end === undefined) continue
      if (child.spec.onStartFailure !== "restart" || isFatal(end))
        return yield* giveUp(child, end, isFatal(end) ? "fatal" : "start")
      tryAgain(child, end)
      if (strategy === "one_for_one") continue
      return wait(all.slice(index + 1))
    }
  })

  /**
   * A failed start here becomes an end, so that it counts as one more restart, and requests are processed in between.
   */
  const startGroup = Effect.fnUntraced(function* (group: ReadonlyArray<Child<R>>) {
    wait(group)
    for (const child of group) {
      const end = yield* startOne(child)
      if (end !== undefined) return tryAgain(child, end)
    }
  })

  const affectedBy = (child: Child<R>): ReadonlyArray<Child<R>> => {
    if (strategy === "one_for_one") return [child]
    return strategy === "one_for_all" ? [...children] : children.slice(children.indexOf(child))
  }

  /** Stops all children that a restart of this one includes, and returns those that start again. */
  const takeAlong = Effect.fnUntraced(function* (child: Child<R>) {
    const affected = affectedBy(child)
    const group = affected.filter(comesBack)
    yield* stopAll(affected.filter((each) => each.generation > 0))
    for (const each of affected) if (!group.includes(each)) remove(each)
    return group
  })

  const restart = Effect.fnUntraced(function* (child: Child<R>, end: ChildEnd) {
    const nowMs = monotonicMs()
    if (isFatal(end)) return yield* giveUp(child, end, "fatal")
    const admission = admitRestart(history, nowMs, limit)
    history = admission.history
    if (!admission.admitted) return yield* giveUp(child, end, "intensity")
    const healthy = child.readyMs !== undefined && nowMs - child.readyMs >= options.healthyAfterMs
    child.attempts = healthy ? 1 : child.attempts + 1
    const inMs = backoffMs(options.backoff, child.attempts, seed)
    const next = affectedBy(child).filter(comesBack)
    tell(child, { type: "restarting", inMs, next: next.map(({ spec }) => spec.id), ...causeOf(child, end) })
    wait(yield* takeAlong(child))
    child.state = "restarting"
    const { generation } = child
    yield* lives.later(inMs, scope, () => post({ type: "pauseEnded", child, generation }))
  })

  /** Siblings of a cancelled restart start without it, except those that another restart includes. */
  const startLeftWaiting = Effect.suspend(() => {
    const restarting = children.filter(({ state }) => state === "restarting")
    const taken = new Set(restarting.flatMap(affectedBy))
    return startGroup(children.filter((child) => child.state === "waiting" && !taken.has(child)))
  })

  /** Whether the end of a child that is not restarted also ends the supervisor. */
  const endsAll = (child: Child<R>): boolean => {
    if (autoShutdown === "never" || child.spec.significant !== true) return false
    if (autoShutdown === "any_significant") return true
    return !children.some(({ spec, state }) => spec.significant === true && state !== "down")
  }

  yield* Scope.addFinalizer(
    scope,
    Effect.suspend(() => stopAll(children))
  )
  if (options.readyAtOnce === true) yield* ready
  yield* startFirst()
  if (control !== undefined) {
    // Requests run in the supervisor's own fiber, which has the requirements of the children.
    const detach = control.attach({
      name,
      autoShutdown,
      children: () => children,
      add: (child) => void children.push(child),
      remove,
      start: (child) => Effect.map(startOne(child), (end) => end?.reason) as Effect.Effect<string | undefined>,
      stop,
      post: (request) => post({ type: "request", request })
    })
    yield* Scope.addFinalizer(scope, Effect.sync(detach))
  }
  if (options.readyAtOnce !== true) yield* ready

  while (true) {
    const message = yield* Queue.take(mailbox)
    if (message.type === "request") yield* message.request
    else if (message.type === "pauseEnded") {
      // Children that were added or started in the pause are included, in their place.
      const current = isCurrent(message) && children.includes(message.child)
      yield* current ? Effect.flatMap(takeAlong(message.child), startGroup) : startLeftWaiting
    } else if (message.type === "startFailed") {
      yield* isCurrent(message) ? restart(message.child, message.end) : startLeftWaiting
    } else if (isCurrent(message)) {
      const { child, generation, exit } = message
      child.fiber = undefined
      child.state = "down"
      const end = noteEnd(child, generation, exit)
      const policy = restartOf(child.spec)
      if (policy === "permanent" || (policy === "transient" && end.how !== "normal")) {
        yield* restart(child, end)
        continue
      }
      if (policy === "temporary") remove(child)
      if (endsAll(child)) return tell(child, { type: "shutDown" })
    }
  }
})

/** A supervisor as the child of another: giving up is its failure, and the parent's restarts count it. */
export const supervisorChild = <R>(
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  settings: Omit<ChildSpec, "id" | "start" | "kind"> = {},
  control?: SupervisorControl<R>
): ChildSpec<Exclude<R, Scope.Scope>> => ({
  id: options.name,
  kind: "supervisor",
  start: (ready) => supervise(options, specs, ready, control),
  ...settings
})

import { Clock, Deferred, Effect, Exit, Fiber, type Scope } from "effect"
import { endOf } from "./child-end.ts"
import { type ChildSpec, shutdownOf } from "./child-spec.ts"
import { ChildNotReady } from "./supervisor-error.ts"
import { type SupervisorEvent, SupervisorEvents } from "./supervisor-event.ts"

/** A child under a supervisor, running or not. */
export interface Child<R> {
  readonly spec: ChildSpec<R>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /**
   * `down`: not restarted automatically. `restarting`: in the pause before its restart. `waiting`: starts with one of
   * those.
   */
  state: "down" | "starting" | "running" | "restarting" | "waiting"
  /** Counts starts and stops: late reports of a previous start are recognised by it and dropped. */
  generation: number
  /** When it became ready, monotonic milliseconds; undefined while it is not. */
  readyMs: number | undefined
  /** Restarts since it last served long enough. */
  attempts: number
}

export const newChild = <R>(spec: ChildSpec<R>): Child<R> => ({
  spec,
  fiber: undefined,
  state: "down",
  generation: 0,
  readyMs: undefined,
  attempts: 0
})

type Reported = SupervisorEvent extends infer E
  ? E extends SupervisorEvent
    ? Omit<E, "supervisor" | "child" | "atMs">
    : never
  : never

/**
 * Starts, stops and watches the children of one supervisor. Decides nothing.
 * The only file of the runtime that forks: an unobserved fiber fails silently, and one forked into a scope blocks
 * that scope's end when it does not stop. Here every fiber has an observer, and every stop a deadline.
 */
export const makeChildren = Effect.fnUntraced(function* <R>(
  supervisor: string,
  onEnded: (child: Child<R>, generation: number, exit: Exit.Exit<unknown, unknown>) => void
) {
  const report = yield* SupervisorEvents
  const clock = yield* Clock.Clock
  const monotonicMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const tell = (child: Child<R>, event: Reported) =>
    report({ supervisor, child: child.spec.id, atMs: clock.currentTimeMillisUnsafe(), ...event } as SupervisorEvent)

  /** Records how a child ended, and returns it. */
  const noteEnd = (child: Child<R>, generation: number, exit: Exit.Exit<unknown, unknown>) => {
    const end = endOf(exit)
    tell(child, { type: "ended", generation, how: end.how, reason: end.reason })
    return end
  }

  /** Starts a child. Succeeds with undefined once it serves, or with its exit when it ended before that. */
  const start = Effect.fnUntraced(function* (child: Child<R>) {
    const generation = ++child.generation
    child.state = "starting"
    child.readyMs = undefined
    tell(child, { type: "started", generation })
    const settled = yield* Deferred.make<Exit.Exit<unknown, unknown> | undefined>()
    const ready = Effect.sync(() => {
      if (child.readyMs !== undefined || child.generation !== generation) return
      child.readyMs = monotonicMs()
      child.state = "running"
      tell(child, { type: "ready", generation })
      Deferred.doneUnsafe(settled, Exit.succeed(undefined))
    })
    const body = Effect.interruptible(Effect.scoped(child.spec.start(ready)))
    yield* Effect.uninterruptible(
      Effect.map(Effect.forkDetach(body), (fiber) => {
        child.fiber = fiber
        fiber.addObserver((exit) => {
          if (!Deferred.doneUnsafe(settled, Exit.succeed(exit))) onEnded(child, generation, exit)
        })
      })
    )
    const waiting = Deferred.await(settled)
    const deadlineMs = child.spec.startDeadlineMs
    const exit = yield* deadlineMs === undefined
      ? waiting
      : Effect.timeoutOrElse(waiting, { duration: deadlineMs, orElse: () => tooLate(child, deadlineMs) })
    if (exit === undefined) return undefined
    child.fiber = undefined
    child.state = "down"
    return exit
  })

  const tooLate = (child: Child<R>, deadlineMs: number) =>
    Effect.as(
      stop(child),
      Exit.fail(
        new ChildNotReady({
          child: child.spec.id,
          message: `${supervisor}/${child.spec.id} was not ready within ${deadlineMs} ms.`
        })
      )
    )

  /** Stops a child within its deadline. One that does not end is abandoned, and its end is reported later. */
  const stop: (child: Child<R>) => Effect.Effect<void> = Effect.fnUntraced(function* (child: Child<R>) {
    const { fiber } = child
    const generation = child.generation++
    child.fiber = undefined
    child.state = "down"
    if (fiber === undefined) return
    tell(child, { type: "stopping" })
    fiber.interruptUnsafe(yield* Effect.fiberId)
    const limit = shutdownOf(child.spec)
    const exit = yield* awaitEnd(fiber, limit)
    if (exit !== undefined) return void noteEnd(child, generation, exit)
    tell(child, { type: "abandoned", afterMs: typeof limit === "number" ? limit : 0 })
    fiber.addObserver((late) => {
      const { how, reason } = endOf(late)
      tell(child, { type: "endedLate", how, reason })
    })
  })

  const stopAll = (list: ReadonlyArray<Child<R>>) => Effect.forEach(list.toReversed(), stop, { discard: true })

  /** Runs `then` after a pause, beside the supervisor's own loop, so that a pause does not block the siblings. */
  const later = (pauseMs: number, scope: Scope.Scope, then: () => void) =>
    Effect.asVoid(Effect.forkIn(Effect.andThen(Effect.sleep(pauseMs), Effect.sync(then)), scope))

  return { tell, noteEnd, start, stop, stopAll, later, monotonicMs }
})

const awaitEnd = Effect.fnUntraced(function* (
  fiber: Fiber.Fiber<unknown, unknown>,
  limit: number | "brutal_kill" | "infinity"
) {
  if (limit === "infinity") return yield* Fiber.await(fiber)
  if (limit === "brutal_kill") {
    yield* Effect.yieldNow
    return fiber.pollUnsafe()
  }
  // `interruptible` inside the timeout: finalizers run uninterruptible, and the race could not drop the wait.
  const ended = yield* Fiber.await(fiber).pipe(Effect.interruptible, Effect.timeoutOption(limit))
  return ended._tag === "Some" ? ended.value : undefined
})

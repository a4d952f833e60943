import { Cause, Clock, Context, Deferred, Effect, Exit, Fiber, Queue, Random, Schema, Scope } from "effect"
import { type BackoffPolicy, backoffMs } from "../machines/backoff.ts"
import { admitRestart, type RestartLimit } from "./restart-intensity.ts"

export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"
export type Restart = "permanent" | "transient" | "temporary"

/**
 * One child. `start` runs for as long as the child lives, in a scope of its own: finalizers have run before its end is
 * reported. It runs `ready` once it serves: the next child starts only then.
 */
export interface ChildSpec<R = never> {
  readonly id: string
  readonly start: (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>
  /** permanent (default): always restarted. transient: after a failure. temporary: never. */
  readonly restart?: Restart
  /** How long its stop may take before it is abandoned, milliseconds. */
  readonly shutdownMs?: number
}

export interface SupervisorOptions {
  readonly name: string
  readonly strategy: Strategy
  readonly limit: RestartLimit
  readonly backoff: BackoffPolicy
  /** A child that ran this long starts its backoff from the base again. A connect alone resets nothing. */
  readonly healthyAfterMs: number
  /** An end that no restart can cure: it escalates at once instead of using the restarts up. */
  readonly isFatal?: (error: unknown) => boolean
}

/** More restarts than the limit, or a fatal end: the supervisor gives up and its own supervisor decides. */
export class SupervisorGaveUp extends Schema.TaggedError<SupervisorGaveUp>()("SupervisorGaveUp", {
  supervisor: Schema.String,
  child: Schema.String,
  restarts: Schema.Int,
  fatal: Schema.Boolean,
  message: Schema.String
}) {
  readonly code = "RESTART_INTENSITY"
}

export type SupervisorEvent = { readonly supervisor: string; readonly child: string; readonly atMs: number } & (
  | { readonly type: "started"; readonly generation: number }
  | { readonly type: "ready"; readonly generation: number }
  | {
      readonly type: "ended"
      readonly generation: number
      readonly how: "normal" | "failed" | "died" | "interrupted"
      readonly reason: string
    }
  | { readonly type: "restarting"; readonly inMs: number; readonly restarts: number; readonly reason: string }
  | { readonly type: "abandoned"; readonly afterMs: number }
  | { readonly type: "gaveUp"; readonly reason: string }
)

/** Where supervisors report what they do. The composition root provides the real one; without it nothing is reported. */
export const SupervisorEvents = Context.Reference<(event: SupervisorEvent) => void>("tickd/actors/SupervisorEvents", {
  defaultValue: () => () => undefined
})

interface Child<R> {
  readonly spec: ChildSpec<R>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Counts starts and stops: what a former life still reports is recognised by it and dropped. */
  generation: number
  startedMs: number
  attempts: number
}

type Message<R> =
  | {
      readonly type: "ended"
      readonly child: Child<R>
      readonly generation: number
      readonly exit: Exit.Exit<unknown, unknown>
    }
  | { readonly type: "startAgain"; readonly child: Child<R>; readonly generation: number }

const howEnded = (exit: Exit.Exit<unknown, unknown>) => {
  if (Exit.isSuccess(exit)) return { how: "normal", reason: "ended" } as const
  if (Cause.hasInterruptsOnly(exit.cause)) return { how: "interrupted", reason: "interrupted" } as const
  const error = Cause.squash(exit.cause)
  const reason = error instanceof Error && error.message !== "" ? error.message : String(error)
  return { how: Cause.hasDies(exit.cause) ? "died" : "failed", reason } as const
}

/**
 * Runs the children until it gives up (fails) or is interrupted; on the way out they stop in reverse order, each within
 * its deadline. The only place that forks: a fiber that nobody observes fails in silence.
 */
export const supervise = <R>(
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  ready: Effect.Effect<void> = Effect.void
): Effect.Effect<never, SupervisorGaveUp, Exclude<R, Scope.Scope>> =>
  Effect.scopedWith((scope) => superviseIn(scope, options, specs, ready)) as Effect.Effect<
    never,
    SupervisorGaveUp,
    Exclude<R, Scope.Scope>
  >

const superviseIn = Effect.fnUntraced(function* <R>(
  scope: Scope.Scope,
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  ready: Effect.Effect<void>
) {
  const report = yield* SupervisorEvents
  const seed = yield* Random.nextInt
  const mailbox = yield* Queue.unbounded<Message<R>>()
  const children = specs.map((spec): Child<R> => ({ spec, fiber: undefined, generation: 0, startedMs: 0, attempts: 0 }))
  let history: ReadonlyArray<number> = []
  const tell = (child: Child<R>, event: object) =>
    Effect.map(Clock.currentTimeMillis, (atMs) =>
      report({ supervisor: options.name, child: child.spec.id, atMs, ...event } as SupervisorEvent)
    )

  /** Starts a child and waits until it is ready or has ended; an end is handled by the loop below like any other. */
  const startChild = Effect.fnUntraced(function* (child: Child<R>) {
    const generation = ++child.generation
    child.startedMs = yield* Clock.currentTimeMillis
    yield* tell(child, { type: "started", generation })
    const serving = yield* Deferred.make<boolean>()
    const childReady = Effect.andThen(tell(child, { type: "ready", generation }), Deferred.succeed(serving, true))
    // Not forkIn(scope): that scope's finalizer would wait for ever for a child that does not stop. `stopChild` owns the fiber.
    const fiber = yield* Effect.forkDetach(
      Effect.interruptible(Effect.scoped(child.spec.start(Effect.asVoid(childReady))))
    )
    child.fiber = fiber
    fiber.addObserver((exit) => {
      Deferred.doneUnsafe(serving, Exit.succeed(false))
      Queue.offerUnsafe(mailbox, { type: "ended", child, generation, exit })
    })
    return yield* Deferred.await(serving)
  })

  const stopChild = Effect.fnUntraced(function* (child: Child<R>) {
    const fiber = child.fiber
    child.generation++
    child.fiber = undefined
    if (fiber === undefined) return
    const deadlineMs = child.spec.shutdownMs ?? 5000
    fiber.interruptUnsafe(yield* Effect.fiberId)
    // `interruptible` inside the timeout: finalizers run uninterruptible, and the race could not drop the wait.
    const ended = yield* Fiber.await(fiber).pipe(Effect.interruptible, Effect.timeoutOption(deadlineMs))
    if (ended._tag === "None") yield* tell(child, { type: "abandoned", afterMs: deadlineMs })
    else yield* tell(child, { type: "ended", generation: child.generation - 1, ...howEnded(ended.value) })
  })

  const stopAll = (list: ReadonlyArray<Child<R>>) => Effect.forEach([...list].reverse(), stopChild, { discard: true })
  const startAll = Effect.fnUntraced(function* (list: ReadonlyArray<Child<R>>) {
    // A child that ends before it is ready leaves the later ones unstarted: its restart brings them (rest_for_one, one_for_all).
    for (const child of list) {
      const serving = yield* startChild(child)
      if (!serving && options.strategy !== "one_for_one") return
    }
  })

  yield* Scope.addFinalizer(
    scope,
    Effect.suspend(() => stopAll(children))
  )
  yield* startAll(children)
  yield* ready

  const affectedBy = (child: Child<R>) => {
    if (options.strategy === "one_for_one") return [child]
    return options.strategy === "one_for_all" ? children : children.slice(children.indexOf(child))
  }

  const giveUp = Effect.fnUntraced(function* (child: Child<R>, reason: string, fatal: boolean) {
    yield* tell(child, { type: "gaveUp", reason })
    return yield* new SupervisorGaveUp({
      supervisor: options.name,
      child: child.spec.id,
      restarts: history.length,
      fatal,
      message: reason
    })
  })

  const onEnded = Effect.fnUntraced(function* (child: Child<R>, generation: number, exit: Exit.Exit<unknown, unknown>) {
    const nowMs = yield* Clock.currentTimeMillis
    const end = howEnded(exit)
    child.fiber = undefined
    yield* tell(child, { type: "ended", generation, ...end })
    const policy = child.spec.restart ?? "permanent"
    if (policy === "temporary" || (policy === "transient" && end.how === "normal")) return
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    if (error !== undefined && options.isFatal?.(error) === true) return yield* giveUp(child, end.reason, true)
    const admission = admitRestart(history, nowMs, options.limit)
    history = admission.history
    if (!admission.admitted) return yield* giveUp(child, end.reason, false)
    child.attempts = nowMs - child.startedMs >= options.healthyAfterMs ? 1 : child.attempts + 1
    const inMs = backoffMs(options.backoff, child.attempts, seed)
    yield* tell(child, { type: "restarting", inMs, restarts: history.length, reason: end.reason })
    yield* stopAll(affectedBy(child))
    const waiting = child.generation
    // The pause must not hold up the siblings: it is waited for beside the loop and comes back as a message.
    yield* Effect.forkIn(
      Effect.andThen(
        Effect.sleep(inMs),
        Effect.sync(() => {
          Queue.offerUnsafe(mailbox, { type: "startAgain", child, generation: waiting })
        })
      ),
      scope
    )
  })

  while (true) {
    const message = yield* Queue.take(mailbox)
    const { child } = message
    if (message.generation !== child.generation) continue
    if (message.type === "startAgain") yield* startAll(affectedBy(child))
    else yield* onEnded(child, message.generation, message.exit)
  }
})

/** A supervisor as the child of another: giving up is its failure, and the parent's restarts count it. */
export const supervisorChild = <R>(
  options: SupervisorOptions,
  specs: ReadonlyArray<ChildSpec<R>>,
  settings: { readonly restart?: Restart; readonly shutdownMs?: number } = {}
): ChildSpec<Exclude<R, Scope.Scope>> => ({
  id: options.name,
  start: (ready) => supervise(options, specs, ready),
  shutdownMs: settings.shutdownMs ?? 20_000,
  ...(settings.restart === undefined ? {} : { restart: settings.restart })
})

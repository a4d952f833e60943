import { it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, type Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  type ChildSpec,
  type SupervisorEvent,
  SupervisorEvents,
  type SupervisorOptions,
  supervise
} from "../../actors/runtime/supervisor.ts"
import type { SupervisorControl } from "../../actors/runtime/supervisor-control.ts"

export class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {}

/** One sentence of docs/SUPERVISION.md as a test: its number, its words, and its source. */
export const sentence = (
  number: number,
  says: string,
  source: string,
  holds: () => Effect.Effect<unknown, unknown, Scope.Scope>
) => it.effect(`${number}. ${says} [${source}]`, () => Effect.asVoid(holds()))

export const supervisorOptions = (over: Partial<SupervisorOptions> = {}): SupervisorOptions => ({
  name: "root",
  strategy: "one_for_one",
  limit: { restartsMax: 5, periodMs: 10_000 },
  backoff: { baseMs: 100, capMs: 1000 },
  healthyAfterMs: 5000,
  ...over
})

type Resume = (end: Effect.Effect<never, Broken> | Effect.Effect<void>) => void

/** Children that record their starts and ends and end on request, under a supervisor in virtual time. */
export class Lab {
  readonly log: Array<string> = []
  readonly events: Array<SupervisorEvent> = []
  private readonly resumes = new Map<string, Resume>()
  private readonly failingStarts = new Map<string, number>()

  /** A child that serves until `fail`, `finish`, `die` or `interrupt` ends it. */
  child(id: string, extra: Partial<ChildSpec> = {}): ChildSpec {
    return {
      id,
      start: (ready) =>
        Effect.gen({ self: this }, function* () {
          this.log.push(`start ${id}`)
          const failing = this.failingStarts.get(id) ?? 0
          this.failingStarts.set(id, failing - 1)
          if (failing > 0) return yield* new Broken({ message: `${id} does not start` })
          yield* Effect.addFinalizer(() => Effect.sync(() => this.log.push(`stop ${id}`)))
          yield* ready
          return yield* Effect.callback<void, Broken>((resume) => void this.resumes.set(id, resume))
        }),
      ...extra
    }
  }

  /** A child that does not end: its finalizer waits forever, or for `untilMs`. */
  stuck(id: string, extra: Partial<ChildSpec> = {}, untilMs?: number): ChildSpec {
    const finalizer = untilMs === undefined ? Effect.never : Effect.sleep(untilMs)
    return { id, start: (ready) => Effect.ensuring(Effect.andThen(ready, Effect.never), finalizer), ...extra }
  }

  /** The next `times` starts of a child fail. */
  failStarts(id: string, times = 1): void {
    this.failingStarts.set(id, times)
  }

  fail(id: string): void {
    this.resumes.get(id)?.(Effect.fail(new Broken({ message: `${id} broke` })))
  }

  finish(id: string): void {
    this.resumes.get(id)?.(Effect.void)
  }

  die(id: string): void {
    this.resumes.get(id)?.(Effect.die(new Error(`bug in ${id}`)))
  }

  interrupt(id: string): void {
    this.resumes.get(id)?.(Effect.interrupt)
  }

  /** Lines since the last call. */
  taken(): ReadonlyArray<string> {
    return this.log.splice(0)
  }

  told<T extends SupervisorEvent["type"]>(type: T, child?: string): Array<Extract<SupervisorEvent, { type: T }>> {
    return this.events.filter(
      (event): event is Extract<SupervisorEvent, { type: T }> =>
        event.type === type && (child === undefined || event.child === child)
    )
  }

  /** Runs a supervisor beside the test, and returns its fiber once it serves. */
  run(over: Partial<SupervisorOptions>, specs: ReadonlyArray<ChildSpec>, control?: SupervisorControl) {
    return Effect.gen({ self: this }, function* () {
      const served = Effect.sync(() => void this.log.push("ready"))
      const fiber = yield* supervise(supervisorOptions(over), specs, served, control).pipe(
        Effect.provideService(SupervisorEvents, (event) => void this.events.push(event)),
        Effect.delay(1),
        Effect.forkChild
      )
      // Boot inside a wake: a fiber that is not yet asleep misses the first jump of the clock.
      yield* TestClock.adjust(1)
      yield* settle
      return fiber
    })
  }
}

/** Lets each level of a tree react before time jumps. */
const settle = Effect.forEach([1, 2, 3], () => TestClock.adjust(1), { discard: true })

/** Lets pending reactions finish, then lets `ms` pass. */
export const after = (ms: number) => Effect.andThen(settle, Effect.andThen(TestClock.adjust(ms), settle))

/** Stops a supervisor from outside, like its own supervisor would, and returns the stop's fiber. */
export const stopping = (fiber: Fiber.Fiber<unknown, unknown>) => Effect.forkChild(Fiber.interrupt(fiber))

/** The outcome of a supervisor's fiber: `false` while it runs. */
export const outcomeOf = (fiber: Fiber.Fiber<unknown, unknown>): "failed" | "ended" | false => {
  const exit = fiber.pollUnsafe()
  if (exit === undefined) return false
  return Exit.isFailure(exit) ? "failed" : "ended"
}

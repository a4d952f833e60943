import { Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type ChildSpec, SupervisorEvents, supervise, supervisorChild } from "../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../actors/runtime/supervisor-control.ts"
import { Broken, supervisorOptions } from "../supervision.ts"
import { answersOf } from "./model.ts"
import { type Plan, rootName, type Scenario, type Spec, type Step, type Tree } from "./scenario.ts"

/** The children of one scenario, under the real supervisor. */
class Harness {
  readonly controls = new Map<string, SupervisorControl>()
  readonly answers = new Map<number, string>()
  held: Deferred.Deferred<void> | undefined
  /** Counts all events, to detect that no more happen. */
  activity = 0
  private readonly resumes = new Map<string, (end: Effect.Effect<void, Broken>) => void>()
  private readonly plans = new Map<string, Array<Plan>>()
  private readonly lines: Array<string> = []

  options(name: string, { strategy, restartsMax, periodMs, autoShutdown, pauseMs }: Tree) {
    // A pause of one or two milliseconds stays unchanged, including jitter.
    const backoff = { baseMs: pauseMs, capMs: pauseMs }
    return supervisorOptions({ name, strategy, limit: { restartsMax, periodMs }, backoff, autoShutdown })
  }

  control(name: string): SupervisorControl {
    const control = this.controls.get(name) ?? new SupervisorControl()
    this.controls.set(name, control)
    return control
  }

  spec({ id, restart, significant, tree }: Spec): ChildSpec {
    if (tree !== undefined) {
      const children = tree.children.map((child) => this.spec(child))
      return supervisorChild(this.options(id, tree), children, { restart, significant }, this.control(id))
    }
    const start = Effect.fnUntraced(
      function* (this: Harness, ready: Effect.Effect<void>) {
        this.note(`start ${id}`)
        const plan = this.plans.get(id)?.shift()
        if (plan?.held === true) {
          this.held = yield* Deferred.make<void>()
          yield* Deferred.await(this.held)
        }
        if (plan?.outcome === "fail") return yield* new Broken({ message: `${id} does not start` })
        if (plan?.outcome === "ignore") return
        yield* Effect.addFinalizer(() => Effect.sync(() => this.stopped(id)))
        yield* ready
        yield* Effect.callback<void, Broken>((resume) => void this.resumes.set(id, resume))
      }.bind(this)
    )
    return { id, start, restart, significant }
  }

  private note(line: string) {
    this.activity++
    this.lines.push(line)
  }

  private stopped(id: string) {
    this.resumes.delete(id)
    this.note(`stop ${id}`)
  }

  /** Lets every fiber act until none has work. No time passes. */
  readonly settle: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    for (let idle = 0, seen = this.activity; idle < 8; idle++) {
      yield* Effect.yieldNow
      if (seen !== this.activity) idle = 0
      seen = this.activity
    }
  })

  request(at: number, { to, verb, spec }: Extract<Step, { type: "request" }>) {
    const control = this.control(to)
    const asked = {
      start_child: () => control.startChild(this.spec(spec)),
      terminate_child: () => control.terminateChild(spec.id),
      restart_child: () => control.restartChild(spec.id),
      delete_child: () => control.deleteChild(spec.id)
    }[verb]()
    return Effect.forkChild(
      Effect.map(Effect.result(asked), (result) => {
        this.activity++
        this.answers.set(at, result._tag === "Success" ? "ok" : result.failure.code)
      })
    )
  }

  readonly apply = Effect.fnUntraced(
    function* (this: Harness, at: number, step: Step) {
      if (step.type === "end")
        this.resumes.get(step.id)?.(step.how === "normal" ? Effect.void : Effect.fail(new Broken({ message: step.id })))
      else if (step.type === "plan") this.plans.set(step.id, [...step.plans])
      else if (step.type === "request") yield* this.request(at, step)
      else if (step.type === "release") {
        const { held } = this
        this.held = undefined
        if (held !== undefined) yield* Deferred.succeed(held, undefined)
      } else
        for (let passed = 0; passed < step.ms; passed++) {
          yield* TestClock.adjust(1)
          yield* this.settle
        }
      yield* this.settle
    }.bind(this)
  )

  /** Events since the last call, and the states of the supervisors; one that is held in a start is not queried. */
  taken(root: Fiber.Fiber<unknown, unknown>) {
    return Effect.gen({ self: this }, function* () {
      const lines = this.lines.splice(0)
      const trees: Array<string> = []
      for (const [name, control] of this.controls) {
        if (name === rootName && this.held !== undefined) continue
        const children = yield* Effect.result(control.whichChildren)
        if (children._tag === "Success")
          trees.push(`${name}[${children.success.map(({ id, state }) => `${id} ${state}`).join(", ")}]`)
      }
      const exit = root.pollUnsafe()
      const outcome = exit === undefined ? [] : [Exit.isFailure(exit) ? "gaveUp" : "shutDown"]
      return [...lines, ...trees.sort(), ...outcome].join("; ")
    })
  }
}

/** The trace of a scenario's first `steps` steps; the root is stopped after the last of all. Runs in virtual time. */
export const runScenario = Effect.fnUntraced(function* ({ tree, steps }: Scenario, upTo: number) {
  const harness = new Harness()
  const children = tree.children.map((child) => harness.spec(child))
  const root = yield* supervise(harness.options(rootName, tree), children, Effect.void, harness.control(rootName)).pipe(
    Effect.provideService(SupervisorEvents, () => void harness.activity++),
    Effect.forkChild
  )
  yield* harness.settle
  const trace = [yield* harness.taken(root)]
  for (const [at, step] of steps.slice(0, upTo).entries()) {
    yield* harness.apply(at, step)
    trace.push(yield* harness.taken(root))
  }
  if (upTo === steps.length) {
    if (harness.held === undefined) {
      const over = root.pollUnsafe() !== undefined
      yield* Fiber.interrupt(root)
      const left = yield* harness.taken(root)
      trace.push(over ? left : left.replace(/(; )?gaveUp$/, ""))
    } else trace.push(`held${(yield* harness.taken(root)).replace(/^(?=.)/, "; ")}`)
  }
  trace.push(answersOf(harness.answers))
  if (harness.held !== undefined) yield* Deferred.succeed(harness.held, undefined)
  yield* Fiber.interrupt(root)
  return trace as ReadonlyArray<string>
})

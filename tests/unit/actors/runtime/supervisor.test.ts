// OTP's promises about a supervisor save operators from restarting parts by hand: each promise is one test.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  type ChildSpec,
  type SupervisorEvent,
  SupervisorEvents,
  type SupervisorOptions,
  supervise,
  supervisorChild
} from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {}

const options = (over: Partial<SupervisorOptions> = {}): SupervisorOptions => ({
  name: "root",
  strategy: "one_for_one",
  limit: { restartsMax: 5, periodMs: 10_000 },
  backoff: { baseMs: 100, capMs: 1000 },
  healthyAfterMs: 5000,
  ...over
})

/** A child that runs until it is made to fail, and records its starts and ends. */
const makeChild = (id: string, log: Array<string>, extra: Partial<ChildSpec> = {}) => {
  let fail: ((error: Broken) => void) | undefined
  const spec: ChildSpec = {
    id,
    start: (ready) =>
      Effect.gen(function* () {
        log.push(`start ${id}`)
        yield* Effect.addFinalizer(() => Effect.sync(() => log.push(`stop ${id}`)))
        yield* ready
        return yield* Effect.callback<never, Broken>((resume) => {
          fail = (error) => resume(Effect.fail(error))
        })
      }),
    ...extra
  }
  return { spec, crash: () => fail?.(new Broken({ message: `${id} broke` })) }
}

/** Runs a supervisor beside the test, in virtual time. */
const beside = Effect.fnUntraced(function* (
  over: Partial<SupervisorOptions>,
  specs: ReadonlyArray<ChildSpec>,
  control?: SupervisorControl
) {
  const events: Array<SupervisorEvent> = []
  const fiber = yield* supervise(options(over), specs, Effect.void, control).pipe(
    Effect.provideService(SupervisorEvents, (event) => events.push(event)),
    Effect.delay(1),
    Effect.forkChild
  )
  yield* TestClock.adjust(2)
  return { fiber, events }
})

describe("strategies", () => {
  it.effect("one_for_one restarts the failed child and leaves the others alone", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const children = ["a", "b", "c"].map((id) => makeChild(id, log))
      const { fiber } = yield* beside(
        {},
        children.map(({ spec }) => spec)
      )
      log.length = 0
      children[1]?.crash()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["stop b", "start b"])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("rest_for_one restarts the failed child and those started after it, stopping them in reverse", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const children = ["a", "b", "c"].map((id) => makeChild(id, log))
      const { fiber } = yield* beside(
        { strategy: "rest_for_one" },
        children.map(({ spec }) => spec)
      )
      log.length = 0
      children[1]?.crash()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["stop b", "stop c", "start b", "start c"])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("one_for_all restarts every child", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const children = ["a", "b", "c"].map((id) => makeChild(id, log))
      const { fiber } = yield* beside(
        { strategy: "one_for_all" },
        children.map(({ spec }) => spec)
      )
      log.length = 0
      children[1]?.crash()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["stop b", "stop c", "stop a", "start a", "start b", "start c"])
      yield* Fiber.interrupt(fiber)
    })
  )
})

describe("start and stop", () => {
  it.effect("starts in order, stops in reverse", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const children = ["a", "b", "c"].map((id) => makeChild(id, log).spec)
      const { fiber } = yield* beside({}, children)
      assert.deepStrictEqual(log, ["start a", "start b", "start c"])
      log.length = 0
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(log, ["stop c", "stop b", "stop a"])
    })
  )

  it.effect("abandons a child that does not stop within its deadline", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const stuck: ChildSpec = {
        id: "stuck",
        shutdownMs: 3000,
        start: (ready) => Effect.andThen(ready, Effect.never).pipe(Effect.ensuring(Effect.never))
      }
      const { fiber, events } = yield* beside({}, [makeChild("a", log).spec, stuck])
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("2 seconds")
      assert.notInclude(log, "stop a")
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(stopping)
      assert.include(log, "stop a")
      assert.isTrue(events.some((event) => event.type === "abandoned" && event.child === "stuck"))
    })
  )
})

describe("restarts", () => {
  it.effect("a transient child that ends normally stays down, one that fails comes back", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const normal: ChildSpec = {
        id: "once",
        restart: "transient",
        start: (ready) =>
          Effect.andThen(
            ready,
            Effect.sync(() => log.push("once"))
          )
      }
      const failing = makeChild("t", log, { restart: "transient" })
      const { fiber } = yield* beside({}, [normal, failing.spec])
      failing.crash()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        log.filter((line) => line === "once" || line === "start t"),
        ["once", "start t", "start t"]
      )
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("the pause doubles up to its cap, with jitter, and starts over only after a healthy stretch", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const child = makeChild("a", log)
      const { fiber, events } = yield* beside({ limit: { restartsMax: 100, periodMs: 1000 } }, [child.spec])
      for (let crash = 0; crash < 6; crash++) {
        child.crash()
        yield* TestClock.adjust(1300)
      }
      const pauses = () => events.filter((event) => event.type === "restarting").map(({ inMs }) => inMs)
      for (const [index, full] of [100, 200, 400, 800, 1000, 1000].entries()) {
        const pause = pauses()[index] as number
        assert.isTrue(pause >= full * 0.8 && pause <= full * 1.2, `pause ${index}: ${pause} of ${full}`)
      }
      yield* TestClock.adjust(5000)
      child.crash()
      yield* TestClock.adjust(10)
      assert.isAtMost(pauses()[6] as number, 120)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("more restarts than the limit within the period escalate to the parent", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const child = makeChild("a", log)
      const inner = supervisorChild(options({ name: "inner", limit: { restartsMax: 2, periodMs: 60_000 } }), [
        child.spec
      ])
      const { fiber, events } = yield* beside({ limit: { restartsMax: 1, periodMs: 60_000 } }, [inner])
      for (let crash = 0; crash < 6; crash++) {
        child.crash()
        // Two levels react one after the other: let the first wake before time jumps.
        yield* TestClock.adjust(1)
        yield* TestClock.adjust("3 seconds")
      }
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(
        events.filter((event) => event.type === "gaveUp").map(({ supervisor, child: id }) => `${supervisor}/${id}`),
        ["inner/a", "inner/a", "root/inner"]
      )
    })
  )

  it.effect("a fatal end escalates at once", () =>
    Effect.gen(function* () {
      const child = makeChild("a", [])
      const { fiber, events } = yield* beside({ isFatal: (error) => error instanceof Broken }, [child.spec])
      child.crash()
      yield* TestClock.adjust(1)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.isFalse(events.some((event) => event.type === "restarting"))
    })
  )

  it.effect("a defect is distinguished from a failure", () =>
    Effect.gen(function* () {
      const dying: ChildSpec = { id: "d", start: (ready) => Effect.andThen(ready, Effect.die(new Error("bug"))) }
      const { fiber, events } = yield* beside({}, [dying])
      const ended = events.find((event) => event.type === "ended")
      assert.strictEqual(ended?.type === "ended" ? ended.how : "", "died")
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("a failed start that is terminated before its turn is reported, and those behind it start", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const control = new SupervisorControl()
      const [a, c] = [makeChild("a", log), makeChild("c", log)]
      let starts = 0
      const b: ChildSpec = {
        id: "b",
        start: (ready) =>
          ++starts === 1
            ? Effect.andThen(ready, Effect.never)
            : Effect.andThen(Effect.sleep(1000), Effect.fail(new Broken({ message: "b is slow to fail" })))
      }
      const { fiber, events } = yield* beside({ strategy: "rest_for_one" }, [a.spec, b, c.spec], control)
      a.crash()
      yield* TestClock.adjust(1)
      yield* TestClock.adjust(500)
      const asked = yield* Effect.forkChild(control.terminateChild("b"))
      yield* TestClock.adjust(1)
      log.length = 0
      yield* TestClock.adjust(1000)
      yield* Fiber.join(asked)
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(log, ["start c"])
      assert.strictEqual(starts, 2)
      assert.isTrue(events.some((event) => event.type === "ended" && event.reason === "b is slow to fail"))
      yield* Fiber.interrupt(fiber)
    })
  )
})

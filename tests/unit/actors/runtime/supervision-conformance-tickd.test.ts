// Deliberate differences from OTP: pauses that spare a front, ends that no restart fixes, and no silent failures.
import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { type ChildSpec, SupervisorGaveUp, supervisorChild } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Broken, Lab, outcomeOf, sentence, stopping, supervisorOptions } from "../../../support/supervision.ts"

const often = { restartsMax: 1000, periodMs: 1000 }
const pauses = (lab: Lab) => lab.told("restarting").map(({ inMs }) => inMs)
const isAbout = (pause: number | undefined, full: number) =>
  assert.isTrue(pause !== undefined && pause >= full * 0.8 && pause <= full * 1.2, `${pause} of ${full}`)

describe("pauses", () => {
  sentence(
    46,
    "A restart waits for a pause that doubles from its base to its cap, with a jitter of a fifth, because fronts ban fast redials.",
    "tickd: OTP restarts at once",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run({ limit: often }, [lab.child("a")])
      lab.taken()
      for (const [index, full] of [100, 200, 400, 800, 1000, 1000].entries()) {
        lab.fail("a")
        yield* after(full * 0.8 - 7)
        assert.deepStrictEqual(lab.taken(), ["stop a"])
        yield* after(full * 0.4 + 7)
        assert.deepStrictEqual(lab.taken(), ["start a"])
        isAbout(pauses(lab)[index], full)
      }
    })
  )

  sentence(
    47,
    "The pause begins from its base again only after the child has served for healthyAfterMs.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      let startMs = 0
      const slow = lab.child("a")
      const child = {
        ...slow,
        start: (ready: Effect.Effect<void>) => slow.start(Effect.andThen(Effect.sleep(startMs), ready))
      }
      yield* lab.run({ limit: often }, [child])
      for (let end = 0; end < 4; end++) {
        lab.fail("a")
        yield* after(1300)
      }
      isAbout(pauses(lab)[3], 800)
      // A long start is not a healthy period, and serving for less than one resets nothing.
      startMs = 20_000
      lab.fail("a")
      yield* after(25_000)
      lab.fail("a")
      yield* after(1)
      isAbout(pauses(lab)[5], 1000)
      yield* after(1200 + 20_000 + 5000)
      lab.fail("a")
      yield* after(1)
      isAbout(pauses(lab)[6], 100)
    })
  )

  sentence(
    48,
    "While a child waits for its restart its siblings and requests go on.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const slow = { baseMs: 60_000, capMs: 60_000 }
      yield* lab.run({ backoff: slow }, [lab.child("a"), lab.child("b", { restart: "transient" })], control)
      lab.taken()
      lab.fail("a")
      yield* after(0)
      yield* control.startChild(lab.child("c"))
      lab.finish("b")
      yield* after(1)
      assert.deepStrictEqual(lab.taken(), ["stop a", "start c", "stop b"])
    })
  )
})

describe("ends", () => {
  sentence(
    49,
    "An end that no restart can cure ends every supervisor above it at once, with its own message.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const isFatal = (error: unknown) => error instanceof Broken || (error instanceof SupervisorGaveUp && error.fatal)
      const inner = supervisorChild(supervisorOptions({ name: "inner", isFatal }), [lab.child("a")])
      const fiber = yield* lab.run({ isFatal }, [inner])
      lab.fail("a")
      yield* after(0)
      const exit = yield* Fiber.await(fiber)
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.deepInclude(error, { code: "CHILD_FATAL", fatal: true, message: "a broke" })
      assert.deepStrictEqual(lab.told("restarting"), [])
    })
  )

  sentence(
    50,
    "A child with onStartFailure restart may fail its first start: that counts as a restart.",
    "tickd: OTP leaves it to the child",
    Effect.fnUntraced(function* () {
      for (const strategy of ["one_for_one", "rest_for_one"] as const) {
        const lab = new Lab()
        lab.failStarts("b")
        const specs = [
          lab.child("a"),
          lab.child("b", { onStartFailure: "restart" }),
          lab.child("t", { restart: "temporary" })
        ]
        yield* lab.run({ strategy }, specs)
        yield* after(2000)
        const starts = lab.taken().filter((line) => line.startsWith("start"))
        assert.sameMembers([...starts], ["start a", "start b", "start b", "start t"], strategy)
        assert.deepInclude(lab.told("restarting")[0], { child: "b", restarts: 1, lastState: "starting" })
      }
    })
  )

  sentence(
    51,
    "A child that is not ready within its startDeadlineMs is stopped, and its start has failed.",
    "tickd: OTP leaves it to start_link",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const silent = {
        id: "s",
        startDeadlineMs: 3000,
        start: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => lab.log.push("stop s")))
      }
      const fiber = yield* lab.run({}, [lab.child("a"), silent])
      yield* after(3000)
      assert.deepStrictEqual(lab.taken(), ["start a", "stop s", "stop a"])
      const exit = yield* Fiber.await(fiber)
      assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), "not ready within 3000 ms")
    })
  )

  sentence(
    52,
    "A child that does not end in its shutdown time is left behind and reported, and nothing waits for it.",
    "tickd: OTP kills it, a fiber cannot be killed",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const inner = supervisorChild(supervisorOptions({ name: "inner" }), [lab.stuck("s", { shutdownMs: 1000 })])
      const fiber = yield* lab.run({}, [lab.child("a"), inner])
      lab.taken()
      const stop = yield* stopping(fiber)
      yield* after(1000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
      yield* Fiber.join(stop)
      assert.deepInclude(lab.told("abandoned")[0], { supervisor: "inner", child: "s", afterMs: 1000 })
    })
  )

  sentence(
    53,
    "A child that was left behind and ends later is reported too.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const late: Effect.Effect<never> = Effect.andThen(Effect.sleep(60_000), Effect.die(new Error("too late")))
      const spec = {
        id: "s",
        shutdownMs: 1000,
        start: (ready: Effect.Effect<void>) => Effect.ensuring(Effect.andThen(ready, Effect.never), late)
      }
      const fiber = yield* lab.run({}, [spec])
      yield* stopping(fiber)
      yield* after(2000)
      assert.deepStrictEqual(lab.told("endedLate"), [])
      yield* after(60_000)
      assert.deepInclude(lab.told("endedLate")[0], { child: "s", how: "died", reason: "too late" })
    })
  )

  sentence(
    54,
    "Giving up is a failure, so a transient supervisor that gave up is restarted.",
    "tickd: in OTP its reason is shutdown, a normal end",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const options = supervisorOptions({ name: "inner", limit: { restartsMax: 0, periodMs: 1000 } })
      yield* lab.run({}, [supervisorChild(options, [lab.child("a")], { restart: "transient" })])
      lab.taken()
      lab.fail("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop a", "start a"])
    })
  )

  sentence(
    55,
    "Siblings that wait for a child that is terminated meanwhile start without it, unless another restart includes them.",
    "tickd: in OTP they stay down",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      yield* lab.run({ strategy: "rest_for_one" }, [lab.child("a"), lab.child("b"), lab.child("c")], control)
      lab.taken()
      lab.fail("b")
      yield* after(0)
      yield* control.terminateChild("b")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop b", "stop c", "start c"])
      yield* control.restartChild("b")
      lab.fail("b")
      yield* after(0)
      lab.fail("a")
      yield* after(0)
      yield* control.terminateChild("b")
      lab.taken()
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["start a", "start b", "start c"])
    })
  )
})

describe("reports", () => {
  sentence(
    56,
    "Each restart is reported with how the child ended, why, its state, the restarts in the window and what follows.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const specs = [lab.child("a", { state: () => "streaming" }), lab.child("b")]
      yield* lab.run({ strategy: "rest_for_one" }, specs)
      yield* after(1000)
      lab.die("a")
      yield* after(2000)
      const { inMs, servedMs, ...told } = lab.told("restarting")[0] ?? assert.fail("no restart was reported")
      isAbout(inMs, 100)
      assert.isAtLeast(servedMs, 1000)
      const stood = { supervisor: "root", child: "a", how: "died", reason: "bug in a", lastState: "streaming" } as const
      assert.deepInclude(told, stood)
      assert.deepInclude(told, { restarts: 1, restartsMax: 5, periodMs: 10_000, next: ["a", "b"], chain: [] })
    })
  )

  sentence(
    57,
    "A supervisor that gave up reports what happened below it, from the child where it began.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const limit = { restartsMax: 0, periodMs: 1000 }
      const worker = supervisorChild(supervisorOptions({ name: "front", limit }), [lab.child("worker")])
      const fiber = yield* lab.run({ limit }, [supervisorChild(supervisorOptions({ name: "line", limit }), [worker])])
      lab.fail("worker")
      yield* after(0)
      const exit = yield* Fiber.await(fiber)
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(error, SupervisorGaveUp)
      assert.deepStrictEqual(error.chain, [
        "front/worker failed: worker broke",
        "line/front failed: worker broke",
        "root/line failed: worker broke"
      ])
      assert.deepStrictEqual(lab.told("gaveUp", "line")[0]?.chain, error.chain.slice(0, 2))
    })
  )

  sentence(
    58,
    "A finalizer that dies after a typed failure does not turn it into a bug.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const spec = {
        id: "a",
        start: (ready: Effect.Effect<void>) =>
          Effect.andThen(
            ready,
            Effect.andThen(Effect.sleep(1000), Effect.fail(new Broken({ message: "a broke" })))
          ).pipe(Effect.ensuring(Effect.die(new Error("its finalizer too"))))
      }
      yield* lab.run({}, [spec])
      yield* after(1000)
      assert.deepInclude(lab.told("restarting")[0], { how: "failed", reason: "a broke Then: its finalizer too" })
    })
  )
})

describe("a start that holds nothing up", () => {
  const never: ChildSpec = { id: "never", start: () => Effect.never }

  sentence(
    67,
    "A supervisor with readyAtOnce is ready before its children are, so what starts after it does not wait for them.",
    "tickd: handle_continue of gen_server",
    Effect.fnUntraced(function* () {
      for (const readyAtOnce of [true, false]) {
        const lab = new Lab()
        const inner = supervisorChild(supervisorOptions({ name: "inner", readyAtOnce }), [never, lab.child("behind")])
        const fiber = yield* lab.run({}, [inner, lab.child("b")])
        assert.deepStrictEqual(lab.taken(), readyAtOnce ? ["start b", "ready"] : [])
        yield* stopping(fiber)
        yield* after(0)
        assert.deepStrictEqual(lab.taken(), readyAtOnce ? ["stop b"] : [])
        assert.strictEqual(outcomeOf(fiber), "failed")
      }
    })
  )

  sentence(
    68,
    "A first start that fails below it ends it as in 3; its own supervisor counts that as the end of a child that served.",
    "tickd",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      lab.failStarts("a")
      const options = supervisorOptions({ name: "inner", readyAtOnce: true })
      const inner = supervisorChild(options, [lab.child("first"), lab.child("a")])
      const fiber = yield* lab.run({}, [inner])
      assert.sameMembers([...lab.taken()], ["ready", "start first", "start a", "stop first"])
      assert.deepInclude(lab.told("restarting", "inner")[0], { restarts: 1, reason: "a does not start" })
      yield* after(130)
      assert.deepStrictEqual(lab.taken(), ["start first", "start a"])
      assert.strictEqual(outcomeOf(fiber), false)
    })
  )
})

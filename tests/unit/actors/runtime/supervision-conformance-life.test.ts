// Start, stop and the kinds of restart: OTP's promises save operators from restarting parts by hand.
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { SupervisorGaveUp, supervisorChild } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Lab, sentence, stopping, supervisorOptions } from "../../../support/supervision.ts"

const failureOf = (exit: Exit.Exit<unknown, unknown>) => {
  const [reason] = Exit.isFailure(exit) ? exit.cause.reasons : []
  return reason?._tag === "Fail" ? reason.error : undefined
}

describe("start", () => {
  sentence(
    1,
    "Children start in the order of the list, each only once the one before it is ready.",
    "OTP: Supervision Principles",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const slow = {
        id: "slow",
        start: (ready: Effect.Effect<void>) => Effect.andThen(Effect.andThen(Effect.sleep(1000), ready), Effect.never)
      }
      yield* lab.run({}, [lab.child("a"), slow, lab.child("b")])
      assert.deepStrictEqual(lab.taken(), ["start a"])
      yield* after(1000)
      assert.deepStrictEqual(lab.taken(), ["start b", "ready"])
    })
  )

  sentence(
    2,
    "A supervisor is ready once all of its children are.",
    "OTP: start_link/3",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const inner = supervisorChild(supervisorOptions({ name: "inner" }), [lab.child("a"), lab.child("b")])
      yield* lab.run({}, [inner, lab.child("c")])
      assert.deepStrictEqual(lab.taken(), ["start a", "start b", "start c", "ready"])
    })
  )

  sentence(
    3,
    "A child whose first start fails ends its supervisor: those that have started stop in reverse order, then it fails.",
    "OTP: start_link/3",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      lab.failStarts("c")
      const fiber = yield* lab.run(
        {},
        ["a", "b", "c", "d"].map((id) => lab.child(id))
      )
      assert.deepStrictEqual(lab.taken(), ["start a", "start b", "start c", "stop b", "stop a"])
      const error = failureOf(yield* Fiber.await(fiber))
      assert.instanceOf(error, SupervisorGaveUp)
      assert.deepInclude(error, { code: "CHILD_NOT_STARTED", child: "c", message: "c does not start", fatal: false })
    })
  )

  sentence(
    4,
    "A child that ends without a failure before it is ready is kept as down, and the start goes on.",
    "OTP: child specification, start, ignore",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const nothingToDo = { id: "n", start: () => Effect.sync(() => lab.log.push("start n")) }
      yield* lab.run({}, [nothingToDo, lab.child("a")], control)
      yield* after(60_000)
      assert.deepStrictEqual(lab.taken(), ["start n", "start a", "ready"])
      assert.deepStrictEqual(
        (yield* control.whichChildren).map(({ id, state }) => `${id} ${state}`),
        ["n down", "a running"]
      )
    })
  )

  sentence(
    5,
    "A temporary child that ends in this way is removed.",
    "OTP: start_children/2",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      yield* lab.run({}, [{ id: "n", restart: "temporary", start: () => Effect.void }, lab.child("a")], control)
      assert.deepStrictEqual(
        (yield* control.whichChildren).map(({ id }) => id),
        ["a"]
      )
    })
  )

  sentence(
    6,
    "Two children with one id are refused before anything starts.",
    "OTP: check_startspec/2",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({}, [lab.child("a"), lab.child("a")])
      assert.deepInclude(failureOf(yield* Fiber.await(fiber)), { code: "INVALID_CHILD_SPEC", child: "a", fatal: true })
      assert.deepStrictEqual(lab.taken(), [])
    })
  )
})

describe("stop", () => {
  sentence(
    7,
    "Children stop in the reverse of their start order, one after the other.",
    "OTP: Supervision Principles",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({}, [lab.child("a"), lab.child("b"), lab.stuck("slow", {}, 1000), lab.child("c")])
      lab.taken()
      yield* stopping(fiber)
      yield* after(900)
      assert.deepStrictEqual(lab.taken(), ["stop c"])
      yield* after(100)
      assert.deepStrictEqual(lab.taken(), ["stop b", "stop a"])
    })
  )

  sentence(
    8,
    "A child has its shutdown time to end, 5 s unless its specification says otherwise.",
    "OTP: child specification, shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const specs = [lab.child("a"), lab.stuck("short", { shutdownMs: 1000 }), lab.child("b"), lab.stuck("usual")]
      const fiber = yield* lab.run({}, specs)
      lab.taken()
      yield* stopping(fiber)
      yield* after(4990)
      assert.deepStrictEqual(lab.taken(), [])
      yield* after(10)
      assert.deepStrictEqual(lab.taken(), ["stop b"])
      yield* after(1000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
    })
  )

  sentence(
    9,
    "A child with shutdown infinity is waited for until it ends; that is the default of a supervisor.",
    "OTP: child specification, shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const inner = supervisorChild(supervisorOptions({ name: "inner" }), [
        lab.stuck("long", { shutdownMs: "infinity" }, 3_600_000)
      ])
      const fiber = yield* lab.run({}, [lab.child("a"), inner])
      lab.taken()
      yield* stopping(fiber)
      yield* after(3_599_000)
      assert.deepStrictEqual(lab.taken(), [])
      yield* after(1000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
      assert.deepStrictEqual(lab.told("abandoned"), [])
    })
  )

  sentence(
    10,
    "A child with shutdown brutal_kill is not waited for.",
    "OTP: child specification, shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({}, [
        lab.child("a"),
        lab.stuck("k", { shutdownMs: "brutal_kill" }),
        lab.child("quick", { shutdownMs: "brutal_kill" })
      ])
      lab.taken()
      yield* stopping(fiber)
      yield* after(0)
      assert.deepStrictEqual(lab.taken(), ["stop quick", "stop a"])
      assert.deepStrictEqual(
        lab.told("abandoned").map(({ child }) => child),
        ["k"]
      )
    })
  )
})

describe("which ends are followed by a restart", () => {
  sentence(
    11,
    "A permanent child is restarted whenever it ends.",
    "OTP: child specification, restart",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run({}, [lab.child("a")])
      lab.taken()
      for (const end of ["finish", "fail", "die", "interrupt"] as const) {
        lab[end]("a")
        yield* after(2000)
        assert.deepStrictEqual(lab.taken(), ["stop a", "start a"], end)
      }
    })
  )

  sentence(
    12,
    "A transient child is restarted only when it ends abnormally.",
    "OTP: child specification, restart",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run({}, [lab.child("a", { restart: "transient" })])
      lab.fail("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["start a", "ready", "stop a", "start a"])
      lab.finish("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
    })
  )

  sentence(
    13,
    "A temporary child is never restarted, and is removed when it ends.",
    "OTP: child specification, restart",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      yield* lab.run({}, [lab.child("a", { restart: "temporary" }), lab.child("b", { restart: "temporary" })], control)
      lab.taken()
      lab.fail("a")
      lab.finish("b")
      yield* after(60_000)
      assert.deepStrictEqual(lab.taken(), ["stop a", "stop b"])
      assert.deepStrictEqual(yield* control.whichChildren, [])
    })
  )

  sentence(
    14,
    "Only an end without a failure is normal; a typed failure, a defect and an interruption from outside are abnormal.",
    "OTP: child specification, restart",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run({}, [lab.child("a", { restart: "transient" })])
      for (const end of ["fail", "die", "interrupt"] as const) {
        lab.taken()
        lab[end]("a")
        yield* after(2000)
        assert.deepStrictEqual(lab.taken(), ["stop a", "start a"], end)
      }
      assert.deepStrictEqual(
        lab.told("ended").map(({ how }) => how),
        ["failed", "died", "interrupted"]
      )
    })
  )
})

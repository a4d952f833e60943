// Children that are added and removed while the daemon runs: a request must leave either its result or the previous
// state.
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { supervisorChild } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Lab, sentence, supervisorOptions } from "../../../support/supervision.ts"

const states = (control: SupervisorControl) =>
  Effect.map(control.whichChildren, (children) => children.map(({ id, state }) => `${id} ${state}`))
const codeOf = <A>(answer: Effect.Effect<A, { readonly code: string }>) =>
  Effect.map(Effect.flip(answer), ({ code }) => code)

const running = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const lab = new Lab()
  const control = new SupervisorControl()
  const fiber = yield* lab.run(
    {},
    ids.map((id) => lab.child(id)),
    control
  )
  lab.taken()
  return { lab, control, fiber }
})

describe("dynamic children", () => {
  sentence(
    35,
    "start_child adds a child behind the others and starts it.",
    "OTP: start_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control, fiber } = yield* running(["a"])
      yield* control.startChild(lab.child("b"))
      assert.deepStrictEqual(yield* states(control), ["a running", "b running"])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(lab.taken(), ["start b", "stop b", "stop a"])
    })
  )

  sentence(
    36,
    "A child that start_child cannot start is refused, and nothing of it remains.",
    "OTP: start_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a"])
      lab.failStarts("b")
      const refused = yield* Effect.flip(control.startChild(lab.child("b")))
      assert.strictEqual(refused.code, "CHILD_NOT_STARTED")
      assert.include(refused.message, "b does not start")
      yield* after(60_000)
      assert.deepStrictEqual(yield* states(control), ["a running"])
      assert.deepStrictEqual(lab.taken(), ["start b"])
    })
  )

  sentence(
    37,
    "start_child refuses a known id: ALREADY_STARTED when that child runs, ALREADY_PRESENT when not.",
    "OTP: start_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a"])
      assert.strictEqual(yield* codeOf(control.startChild(lab.child("a"))), "ALREADY_STARTED")
      yield* control.terminateChild("a")
      assert.strictEqual(yield* codeOf(control.startChild(lab.child("a"))), "ALREADY_PRESENT")
    })
  )

  sentence(
    38,
    "terminate_child stops a child and keeps its specification; restart_child starts it again.",
    "OTP: terminate_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a", "b"])
      yield* control.terminateChild("a")
      yield* after(60_000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
      assert.deepStrictEqual(yield* states(control), ["a down", "b running"])
      yield* control.restartChild("a")
      assert.deepStrictEqual(lab.taken(), ["start a"])
      assert.strictEqual(yield* codeOf(control.terminateChild("unknown")), "CHILD_NOT_FOUND")
    })
  )

  sentence(
    39,
    "terminate_child removes a temporary child.",
    "OTP: terminate_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a"])
      yield* control.startChild(lab.child("t", { restart: "temporary" }))
      yield* control.terminateChild("t")
      assert.deepStrictEqual(yield* states(control), ["a running"])
    })
  )

  sentence(
    40,
    "terminate_child cancels a restart that waits.",
    "OTP: handle_cast/2, try_again_restart",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a"])
      lab.fail("a")
      yield* after(0)
      assert.deepStrictEqual(yield* states(control), ["a restarting"])
      yield* control.terminateChild("a")
      yield* after(60_000)
      assert.deepStrictEqual(lab.taken(), ["stop a"])
      assert.deepStrictEqual(yield* states(control), ["a down"])
    })
  )

  sentence(
    41,
    "restart_child refuses a child that runs, that is in the pause before its own restart, or that is not known.",
    "OTP: restart_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a"])
      assert.strictEqual(yield* codeOf(control.restartChild("a")), "CHILD_RUNNING")
      lab.fail("a")
      yield* after(0)
      assert.strictEqual(yield* codeOf(control.restartChild("a")), "CHILD_RESTARTING")
      assert.strictEqual(yield* codeOf(control.restartChild("b")), "CHILD_NOT_FOUND")
    })
  )

  sentence(
    42,
    "delete_child removes a child that is down and refuses one that runs or is in the pause before its own restart.",
    "OTP: delete_child/2",
    Effect.fnUntraced(function* () {
      const { lab, control } = yield* running(["a", "b"])
      assert.strictEqual(yield* codeOf(control.deleteChild("a")), "CHILD_RUNNING")
      lab.fail("a")
      yield* after(0)
      assert.strictEqual(yield* codeOf(control.deleteChild("a")), "CHILD_RESTARTING")
      yield* control.terminateChild("b")
      yield* control.deleteChild("b")
      assert.deepStrictEqual(yield* states(control), ["a restarting"])
      assert.strictEqual(yield* codeOf(control.deleteChild("b")), "CHILD_NOT_FOUND")
    })
  )

  sentence(
    43,
    "which_children and count_children report every child, running or not, in start order.",
    "OTP: which_children/1, count_children/1",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const inner = supervisorChild(supervisorOptions({ name: "inner" }), [lab.child("x")])
      yield* lab.run({}, [lab.child("a"), inner, lab.child("b")], control)
      yield* control.terminateChild("a")
      lab.fail("b")
      yield* after(0)
      assert.deepStrictEqual(yield* states(control), ["a down", "inner running", "b restarting"])
      assert.deepStrictEqual(yield* control.countChildren, { specs: 3, active: 1, supervisors: 1, workers: 2 })
    })
  )

  sentence(
    44,
    "A dynamic child is restarted like any other, and is gone after a restart of its supervisor.",
    "princ: Adding a Child Process",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const limit = { restartsMax: 1, periodMs: 60_000 }
      const inner = supervisorChild(supervisorOptions({ name: "inner", limit }), [lab.child("a")], {}, control)
      yield* lab.run({}, [inner])
      yield* control.startChild(lab.child("d"))
      yield* after(0)
      lab.taken()
      lab.fail("d")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop d", "start d"])
      lab.fail("d")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop d", "stop a", "start a"])
      assert.deepStrictEqual(yield* states(control), ["a running"])
    })
  )

  sentence(
    45,
    "A request to a supervisor that does not run is refused at once.",
    "OTP: start_child/2, noproc",
    Effect.fnUntraced(function* () {
      const control = new SupervisorControl()
      assert.strictEqual(yield* codeOf(control.whichChildren), "SUPERVISOR_NOT_RUNNING")
      const lab = new Lab()
      const fiber = yield* lab.run({}, [lab.stuck("slow", {}, 1000)], control)
      // One that waits behind a stop which its supervisor does not survive is answered too.
      const first = yield* Effect.forkChild(Effect.exit(control.terminateChild("slow")))
      const waiting = yield* Effect.forkChild(codeOf(control.whichChildren))
      yield* after(0)
      yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* after(10_000)
      assert.strictEqual(yield* Fiber.join(waiting), "SUPERVISOR_NOT_RUNNING")
      yield* Fiber.join(first)
      assert.strictEqual(yield* codeOf(control.countChildren), "SUPERVISOR_NOT_RUNNING")
    })
  )
})

// An operator acts in the pause before a restart: the result must not depend on the success of the next start.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ChildSpec, SupervisorOptions } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Lab, outcomeOf, sentence } from "../../../support/supervision.ts"

const states = (control: SupervisorControl) =>
  Effect.map(control.whichChildren, (children) => children.map(({ id, state }) => `${id} ${state}`).join(", "))

/** Three children a, b, c; b has failed and is in the pause before its restart. */
const paused = Effect.fnUntraced(function* (
  over: Partial<SupervisorOptions>,
  settings: Partial<Record<"a" | "b" | "c", Partial<ChildSpec>>> = {}
) {
  const lab = new Lab()
  const control = new SupervisorControl()
  const specs = (["a", "b", "c"] as const).map((id) => lab.child(id, settings[id]))
  const fiber = yield* lab.run(over, specs, control)
  lab.fail("b")
  yield* after(0)
  lab.taken()
  return { lab, control, fiber }
})

const takenAlong = Effect.fnUntraced(function* (strategy: "one_for_all" | "rest_for_one") {
  const { lab, control } = yield* paused({ strategy })
  yield* control.startChild(lab.child("d"))
  yield* control.startChild(lab.child("t", { restart: "temporary" }))
  assert.deepStrictEqual(lab.taken(), ["start d", "start t"])
  yield* after(2000)
  const first = strategy === "one_for_all" ? ["start a"] : []
  assert.deepStrictEqual(lab.taken(), ["stop t", "stop d", ...first, "start b", "start c", "start d"])
  assert.strictEqual(yield* states(control), "a running, b running, c running, d running")
})

/** A sibling that waits is terminated; `failures` more starts of b fail before one succeeds. */
const terminated = Effect.fnUntraced(function* (failures: number) {
  const { lab, control } = yield* paused({ strategy: "rest_for_one" })
  lab.failStarts("b", failures)
  yield* control.terminateChild("c")
  assert.strictEqual(yield* states(control), "a running, b restarting, c down")
  yield* after(5000)
  assert.strictEqual(yield* states(control), "a running, b running, c running")
})

const carriedOut = Effect.fnUntraced(function* () {
  const { lab, control } = yield* paused({ strategy: "rest_for_one" })
  assert.strictEqual(yield* states(control), "a running, b restarting, c waiting")
  yield* control.restartChild("c")
  assert.strictEqual(yield* states(control), "a running, b restarting, c running")
  yield* after(2000)
  assert.deepStrictEqual(lab.taken(), ["start c", "stop c", "start b", "start c"])
  lab.fail("b")
  yield* after(0)
  yield* control.deleteChild("c")
  yield* after(2000)
  assert.strictEqual(yield* states(control), "a running, b running")
})

const significant = { restart: "transient", significant: true } as const
const active = Effect.fnUntraced(function* () {
  const over = { strategy: "rest_for_one", autoShutdown: "all_significant" } as const
  const { lab, control, fiber } = yield* paused(over, { a: significant, c: significant })
  lab.finish("a")
  yield* after(0)
  assert.isFalse(outcomeOf(fiber))
  yield* after(2000)
  assert.strictEqual(yield* states(control), "a down, b running, c running")
  lab.finish("c")
  yield* after(0)
  assert.strictEqual(outcomeOf(fiber), "ended")
})

describe("requests in the pause before a restart", () => {
  sentence(
    69,
    "A child that was added or started in the pause is stopped and started with the others, in its place.",
    "OTP: restart_multiple_children/3",
    () => Effect.forEach(["one_for_all", "rest_for_one"] as const, takenAlong)
  )

  sentence(
    70,
    "terminate_child of a sibling that waits leaves it down until the restart starts all of them.",
    "OTP: restart_multiple_children/3",
    () => Effect.forEach([0, 1], terminated)
  )

  sentence(
    71,
    "restart_child and delete_child of a sibling that waits are carried out.",
    "OTP: restart_child/2, delete_child/2",
    carriedOut
  )

  sentence(
    72,
    "With all_significant a sibling that waits is active, because without the pause it would run.",
    "tickd: in OTP it is down",
    active
  )
})

describe("what differed from the real Erlang/OTP supervisor", () => {
  it.effect("O1: start_child keeps nothing of a temporary child that ends before it is ready", () =>
    Effect.gen(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      yield* lab.run({}, [lab.child("a")], control)
      const idle: ChildSpec = { id: "t", restart: "temporary", start: () => Effect.void }
      yield* control.startChild(idle)
      assert.strictEqual(yield* states(control), "a running")
      yield* control.startChild(lab.child("t", { restart: "temporary" }))
      assert.strictEqual(yield* states(control), "a running, t running")
    })
  )
  it.effect("O2: a sibling that waits and is terminated comes back, whether or not one more start fails", () =>
    Effect.forEach([0, 1], terminated)
  )
  it.effect("O3: a child added in the pause is taken along in its place", () =>
    Effect.forEach(["one_for_all", "rest_for_one"] as const, takenAlong)
  )
  it.effect("O4: a significant sibling that waits keeps its supervisor up, as sentences 31 and 72 say", active)
  it.effect("O5: restart_child and delete_child of a sibling that waits are carried out", carriedOut)
})

// A finished part must be able to end the parts that were started for it, and no others.
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Restart } from "../../../../actors/runtime/child-spec.ts"
import { supervisorChild } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Lab, outcomeOf, sentence, supervisorOptions } from "../../../support/supervision.ts"

const significant = (restart: Restart) => ({ restart, significant: true })

describe("significant children", () => {
  sentence(
    28,
    "With autoShutdown never a significant child is refused.",
    "OTP: Automatic Shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({}, [lab.child("a", significant("transient"))])
      assert.strictEqual(outcomeOf(fiber), "failed")
      const control = new SupervisorControl()
      yield* lab.run({}, [], control)
      const refused = yield* Effect.flip(control.startChild(lab.child("a", significant("transient"))))
      assert.strictEqual(refused.code, "INVALID_CHILD_SPEC")
      assert.notInclude(lab.taken(), "start a")
    })
  )

  sentence(
    29,
    "A child that is significant and permanent is refused.",
    "OTP: child specification, significant",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({ autoShutdown: "any_significant" }, [lab.child("a", significant("permanent"))])
      assert.strictEqual(outcomeOf(fiber), "failed")
      assert.deepStrictEqual(lab.taken(), [])
    })
  )

  sentence(
    30,
    "With any_significant the supervisor ends as soon as one significant child ends for good by itself.",
    "OTP: Automatic Shutdown",
    Effect.fnUntraced(function* () {
      for (const [restart, end] of [
        ["transient", "finish"],
        ["temporary", "finish"],
        ["temporary", "fail"]
      ] as const) {
        const lab = new Lab()
        const specs = [lab.child("a"), lab.child("s", significant(restart)), lab.child("r", significant(restart))]
        const fiber = yield* lab.run({ autoShutdown: "any_significant" }, specs)
        lab.taken()
        lab[end]("s")
        yield* after(0)
        assert.strictEqual(outcomeOf(fiber), "ended", `${restart} ${end}`)
        assert.deepStrictEqual(lab.taken(), ["stop s", "stop r", "stop a"])
      }
    })
  )

  sentence(
    31,
    "With all_significant it ends with the last significant child that runs or waits.",
    "OTP: Automatic Shutdown, but for 72",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const specs = [lab.child("a"), lab.child("s", significant("transient")), lab.child("r", significant("temporary"))]
      const fiber = yield* lab.run({ autoShutdown: "all_significant" }, specs)
      lab.finish("s")
      yield* after(0)
      assert.isFalse(outcomeOf(fiber))
      lab.fail("r")
      yield* after(0)
      assert.strictEqual(outcomeOf(fiber), "ended")
    })
  )

  sentence(
    32,
    "A significant transient child that fails is restarted and ends nothing.",
    "OTP: Automatic Shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({ autoShutdown: "any_significant" }, [lab.child("s", significant("transient"))])
      lab.taken()
      lab.fail("s")
      yield* after(2000)
      assert.isFalse(outcomeOf(fiber))
      assert.deepStrictEqual(lab.taken(), ["stop s", "start s"])
    })
  )

  sentence(
    33,
    "A significant child that its supervisor stops ends nothing else.",
    "princ: Automatic Shutdown",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const specs = [lab.child("a"), lab.child("s", significant("transient")), lab.child("t", significant("temporary"))]
      const fiber = yield* lab.run({ strategy: "one_for_all", autoShutdown: "any_significant" }, specs, control)
      lab.fail("a")
      yield* after(2000)
      yield* control.terminateChild("s")
      yield* after(2000)
      assert.isFalse(outcomeOf(fiber))
    })
  )

  sentence(
    34,
    "An automatic shutdown is a normal end: a permanent supervisor is restarted after it, a transient one is not.",
    "OTP: Automatic Shutdown",
    Effect.fnUntraced(function* () {
      for (const [restart, log] of [
        ["permanent", ["stop s", "start s"]],
        ["transient", ["stop s"]]
      ] as const) {
        const lab = new Lab()
        const options = supervisorOptions({ name: "inner", autoShutdown: "any_significant" })
        const inner = supervisorChild(options, [lab.child("s", significant("transient"))], { restart })
        yield* lab.run({}, [inner])
        lab.taken()
        lab.finish("s")
        yield* after(2000)
        assert.deepStrictEqual(lab.taken(), log, restart)
      }
    })
  )
})

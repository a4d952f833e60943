// Strategies and intensity: which children restart together, and when a supervisor gives up.
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type Strategy, supervisorChild } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { after, Lab, outcomeOf, sentence, supervisorOptions } from "../../../support/supervision.ts"

const abcd = ["a", "b", "c", "d"]

/** What the end of `b` does to four children. */
const afterEndOfB = Effect.fnUntraced(function* (strategy: Strategy) {
  const lab = new Lab()
  yield* lab.run(
    { strategy },
    abcd.map((id) => lab.child(id))
  )
  lab.taken()
  lab.fail("b")
  yield* after(2000)
  return lab.taken()
})

describe("strategies", () => {
  sentence(
    15,
    "one_for_one restarts the child that ended and touches no other.",
    "OTP: Restart Strategies",
    Effect.fnUntraced(function* () {
      assert.deepStrictEqual(yield* afterEndOfB("one_for_one"), ["stop b", "start b"])
    })
  )

  sentence(
    16,
    "one_for_all stops all others in reverse order, then starts all in order.",
    "OTP: Restart Strategies",
    Effect.fnUntraced(function* () {
      const log = yield* afterEndOfB("one_for_all")
      assert.deepStrictEqual(log.slice(0, 4), ["stop b", "stop d", "stop c", "stop a"])
      assert.deepStrictEqual(log.slice(4), ["start a", "start b", "start c", "start d"])
    })
  )

  sentence(
    17,
    "rest_for_one stops those that started after the child, then starts it and them.",
    "OTP: Restart Strategies",
    Effect.fnUntraced(function* () {
      const log = yield* afterEndOfB("rest_for_one")
      assert.deepStrictEqual(log.slice(0, 3), ["stop b", "stop d", "stop c"])
      assert.deepStrictEqual(log.slice(3), ["start b", "start c", "start d"])
    })
  )

  sentence(
    18,
    "A temporary sibling that is stopped with the others does not come back.",
    "OTP: child specification, restart",
    Effect.fnUntraced(function* () {
      for (const strategy of ["one_for_all", "rest_for_one"] as const) {
        const lab = new Lab()
        yield* lab.run({ strategy }, [lab.child("a"), lab.child("t", { restart: "temporary" }), lab.child("c")])
        lab.taken()
        lab.fail("a")
        yield* after(2000)
        assert.deepStrictEqual(lab.taken(), ["stop a", "stop c", "stop t", "start a", "start c"], strategy)
      }
    })
  )

  sentence(
    19,
    "A sibling that was down starts again with the others.",
    "OTP: restart_multiple_children/3",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const specs = [lab.child("a"), lab.child("t", { restart: "transient" }), lab.child("c")]
      yield* lab.run({ strategy: "one_for_all" }, specs, control)
      lab.finish("t")
      yield* after(0)
      yield* control.terminateChild("c")
      lab.taken()
      lab.fail("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop a", "start a", "start t", "start c"])
    })
  )
})

describe("restart intensity", () => {
  sentence(
    20,
    "More than restartsMax restarts within periodMs end the supervisor: its children stop, then it fails.",
    "OTP: Restart intensity and period",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const limit = { restartsMax: 2, periodMs: 60_000 }
      const fiber = yield* lab.run({ limit }, [lab.child("a"), lab.child("b"), lab.child("c")])
      for (let end = 0; end < 2; end++) {
        lab.fail("b")
        yield* after(2000)
      }
      assert.isFalse(outcomeOf(fiber))
      lab.taken()
      lab.fail("b")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop b", "stop c", "stop a"])
      assert.strictEqual(outcomeOf(fiber), "failed")
      assert.deepInclude(lab.told("gaveUp")[0], { why: "intensity", restarts: 3, restartsMax: 2 })
    })
  )

  sentence(
    21,
    "A restart exactly periodMs old still counts.",
    "OTP: add_restart/3",
    Effect.fnUntraced(function* () {
      for (const [apartMs, outcome] of [
        [10_000, "failed"],
        [10_001, false]
      ] as const) {
        const lab = new Lab()
        const fiber = yield* lab.run({ limit: { restartsMax: 1, periodMs: 10_000 } }, [lab.child("a")])
        lab.fail("a")
        // Three steps of one millisecond are in each `after`, before and behind the jump.
        yield* after(apartMs - 6)
        lab.fail("a")
        yield* after(0)
        assert.strictEqual(outcomeOf(fiber), outcome, `${apartMs} ms apart`)
        yield* Fiber.interrupt(fiber)
      }
    })
  )

  sentence(
    22,
    "All children of a supervisor share one count.",
    "OTP: add_restart/1",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({ limit: { restartsMax: 2, periodMs: 60_000 } }, [lab.child("a"), lab.child("b")])
      for (const id of ["a", "b"]) {
        lab.fail(id)
        yield* after(2000)
      }
      assert.isFalse(outcomeOf(fiber))
      lab.fail("a")
      yield* after(2000)
      assert.strictEqual(outcomeOf(fiber), "failed")
    })
  )

  sentence(
    23,
    "A restart that takes siblings along counts once.",
    "OTP: restart/2",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run(
        { strategy: "one_for_all" },
        abcd.map((id) => lab.child(id))
      )
      lab.fail("b")
      yield* after(2000)
      assert.deepStrictEqual(
        lab.told("restarting").map(({ restarts }) => restarts),
        [1]
      )
    })
  )

  sentence(
    24,
    "A restart whose start fails counts as one more restart.",
    "OTP: try_again_restart/1",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      yield* lab.run({ strategy: "rest_for_one" }, [lab.child("a"), lab.child("b"), lab.child("c")])
      lab.failStarts("b", 2)
      lab.taken()
      lab.fail("a")
      yield* after(5000)
      const log = lab.taken()
      assert.deepStrictEqual(log.slice(0, 4), ["stop a", "stop c", "stop b", "start a"])
      // Only the one that failed and those behind it are tried again.
      assert.deepStrictEqual(log.slice(4), ["start b", "start b", "start b", "start c"])
      assert.deepStrictEqual(
        lab.told("restarting").map(({ child, restarts }) => `${child} ${restarts}`),
        ["a 1", "b 2", "b 3"]
      )
    })
  )

  sentence(
    25,
    "An end that is not followed by a restart does not count.",
    "OTP: do_restart/3",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const control = new SupervisorControl()
      const limit = { restartsMax: 1, periodMs: 60_000 }
      const fiber = yield* lab.run({ limit }, [lab.child("a"), lab.child("t", { restart: "transient" })], control)
      for (const id of ["x", "y", "z"]) {
        yield* control.startChild(lab.child(id, { restart: "temporary" }))
        yield* after(0)
        lab.fail(id)
        yield* after(0)
      }
      lab.finish("t")
      yield* after(0)
      yield* control.restartChild("t")
      yield* control.terminateChild("t")
      lab.fail("a")
      yield* after(2000)
      assert.isFalse(outcomeOf(fiber))
      assert.deepStrictEqual(
        lab.told("restarting").map(({ child, restarts }) => `${child} ${restarts}`),
        ["a 1"]
      )
    })
  )

  sentence(
    26,
    "With restartsMax 0 the first end that needs a restart ends the supervisor.",
    "OTP: add_restart/1",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const fiber = yield* lab.run({ limit: { restartsMax: 0, periodMs: 10_000 } }, [lab.child("a")])
      lab.fail("a")
      yield* after(0)
      assert.strictEqual(outcomeOf(fiber), "failed")
    })
  )

  sentence(
    27,
    "A supervisor that has ended is restarted by its own supervisor, which counts it, or ends too.",
    "princ: Maximum Restart Intensity",
    Effect.fnUntraced(function* () {
      const lab = new Lab()
      const none = { restartsMax: 0, periodMs: 60_000 }
      const inner = supervisorChild(supervisorOptions({ name: "inner", limit: none }), [lab.child("a")])
      const fiber = yield* lab.run({ limit: { restartsMax: 1, periodMs: 60_000 } }, [inner, lab.child("b")])
      lab.taken()
      lab.fail("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop a", "start a"])
      assert.deepInclude(lab.told("restarting")[0], { supervisor: "root", child: "inner", restarts: 1 })
      lab.fail("a")
      yield* after(2000)
      assert.deepStrictEqual(lab.taken(), ["stop a", "stop b"])
      assert.strictEqual(outcomeOf(fiber), "failed")
    })
  )
})

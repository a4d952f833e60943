// The end of a child decides its restart and its log line: a failure must not look like a bug.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { endOf } from "../../../../actors/runtime/child-end.ts"
import { SupervisorGaveUp } from "../../../../actors/runtime/supervisor-error.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {}
const broken = new Broken({ message: "the front is gone" })

const endsAs = Effect.fnUntraced(function* (body: Effect.Effect<unknown, unknown>) {
  return endOf(yield* Effect.exit(body))
})

describe("the end of a child", () => {
  it.effect("is normal, failed, died or interrupted, with the sentence of the thrown error", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endsAs(Effect.succeed(1)), {
        how: "normal",
        reason: "ended",
        errors: [],
        chain: []
      })
      const failed = yield* endsAs(Effect.fail(broken))
      assert.deepStrictEqual([failed.how, failed.reason, failed.errors], ["failed", "the front is gone", [broken]])
      const died = yield* endsAs(Effect.die(new Error("a bug")))
      assert.deepStrictEqual([died.how, died.reason], ["died", "a bug"])
      assert.strictEqual((yield* endsAs(Effect.interrupt)).how, "interrupted")
    })
  )

  it.effect("shows a thrown value that is not an Error, or has no message", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* endsAs(Effect.die("text"))).reason, "text")
      assert.strictEqual((yield* endsAs(Effect.die(new Error("")))).reason, "Error")
    })
  )

  it.effect("stays the failure that began it when a finalizer dies behind it", () =>
    Effect.gen(function* () {
      const bug = Effect.addFinalizer(() => Effect.die(new Error("the finalizer broke")))
      const end = yield* endsAs(Effect.scoped(Effect.andThen(bug, Effect.fail(broken))))
      assert.deepStrictEqual([end.how, end.reason], ["failed", "the front is gone Then: the finalizer broke"])
      // A defect alone is one, also when it is a tagged error.
      assert.strictEqual((yield* endsAs(Effect.die(broken))).how, "died")
    })
  )

  it("reads a failure beside an interruption as the failure", () => {
    const both = Cause.combine(Cause.interrupt(), Cause.fail(broken))
    const end = endOf(Exit.failCause(both))
    assert.deepStrictEqual([end.how, end.errors], ["failed", [broken]])
  })

  it.effect("carries the chain of a supervisor that gave up below it", () =>
    Effect.gen(function* () {
      const gaveUp = new SupervisorGaveUp({
        supervisor: "sessions",
        child: "front-primary",
        why: "intensity",
        restarts: 6,
        fatal: false,
        chain: ["front-primary ended", "sessions gave up"],
        message: "the front is gone"
      })
      assert.deepStrictEqual((yield* endsAs(Effect.fail(gaveUp))).chain, ["front-primary ended", "sessions gave up"])
    })
  )
})

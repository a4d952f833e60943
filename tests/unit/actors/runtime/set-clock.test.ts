// An operator or NTP may set the wall clock by an hour: a login that is not answered must time out as before, neither
// at once nor an hour late.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Queue } from "effect"
import { TestClock } from "effect/testing"
import { setup } from "xstate"
import { runMachine } from "../../../../actors/runtime/machine-actor.ts"
import { settableWall } from "../../../support/settable-wall.ts"

const machine = setup({ types: { events: {} as { readonly type: "ASKED" } } }).createMachine({
  initial: "waiting",
  states: {
    waiting: { after: { 10_000: "overdue" }, on: { ASKED: {} } },
    overdue: { type: "final" }
  }
})

it.effect.each([-3_600_000, 3_600_000])("a deadline lasts as long when the clock is set by %d ms", (setMs) =>
  Effect.gen(function* () {
    const { wall, set } = yield* settableWall
    const mailbox = yield* Queue.unbounded<{ readonly type: "ASKED" }>()
    const run = runMachine(machine, { input: undefined, mailbox, perform: () => Effect.void })
    const fiber = yield* Effect.forkChild(set(run))
    yield* TestClock.adjust(4000)
    wall.offMs = setMs
    // A message makes the actor work out again how long its timer still has.
    yield* Queue.offer(mailbox, { type: "ASKED" })
    yield* TestClock.adjust(5000)
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust(1000)
    assert.isDefined(fiber.pollUnsafe())
    yield* Fiber.join(fiber)
  })
)

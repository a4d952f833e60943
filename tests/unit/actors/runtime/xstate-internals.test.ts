// The actors step machines over one inert actor, which writes a private field of xstate. When the pinned version
// changes shape, this test says so before a machine takes a wrong step. session-machine.test.ts compares 2,000 steps
// with `transition()`.
import { assert, it } from "@effect/vitest"
import { createActor, createMachine } from "xstate"
import { firstStep, nextStep } from "../../../../actors/runtime/xstate-internals.ts"

const machine = createMachine({
  id: "contract",
  initial: "idle",
  states: {
    idle: { entry: "enterIdle", on: { STARTED: { target: "running", actions: "start" } } },
    running: { after: { 100: "idle" } }
  }
})

it("xstate keeps its state in `_snapshot` and hands every action to the `actionExecutor` of the scope", () => {
  const say = (what: string) => `xstate changed: ${what}; repair actors/runtime/xstate-internals.ts`
  assert.property(createActor(machine), "_snapshot", say("an actor has no `_snapshot`"))

  const [idle, entered] = firstStep(machine, undefined)
  assert.deepStrictEqual(
    entered.map(({ type }) => type),
    ["enterIdle"],
    say("the first step's actions do not come to `actionExecutor`")
  )
  const [running, ordered] = nextStep(machine, idle, { type: "STARTED" })
  assert.strictEqual(running.value, "running", say("`machine.transition` does not take the step"))
  assert.deepStrictEqual(
    ordered.map(({ type }) => type),
    ["start", "xstate.raise"],
    say("a timer is no longer an action `xstate.raise`")
  )
  assert.deepInclude(
    ordered.at(-1)?.params as object,
    { delay: 100, id: "xstate.after.100.contract.running" },
    say("`xstate.raise` has no delay or id")
  )
})

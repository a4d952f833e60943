// A role of tickd is a list of children: its sequence must be the start and drain order, and operators must reach
// each branch.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeFeedGate } from "../../../../actors/runtime/feed-gate.ts"
import { Registry } from "../../../../actors/runtime/registry.ts"
import { SupervisorEvents } from "../../../../actors/runtime/supervisor.ts"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { type Body, runTree, type TreePart } from "../../../../actors/runtime/tree.ts"
import { after, Broken, stopping } from "../../../support/supervision.ts"

const make = (parts: (body: (name: string) => Body) => ReadonlyArray<TreePart | undefined>) =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const registry = new Registry()
    const controls = new Map<string, SupervisorControl>()
    const children = parts(
      (name) => (ready) =>
        Effect.acquireUseRelease(
          Effect.sync(() => log.push(`start ${name}`)),
          () => Effect.andThen(ready, Effect.never),
          () => Effect.sync(() => log.push(`stop ${name}`))
        )
    )
    const tree = {
      children,
      isFatal: (error: unknown) => error instanceof Broken && error.message === "fatal",
      stateOf: (actor: string) => (actor === "orders" ? "working" : undefined),
      entrance: (name: string) => {
        const control = new SupervisorControl()
        controls.set(name, control)
        return control
      }
    }
    const fiber = yield* runTree(tree, Effect.void).pipe(
      Effect.provideService(SupervisorEvents, (event) => registry.noteSupervisor(event)),
      Effect.delay(1),
      Effect.forkChild
    )
    yield* after(1)
    return { controls, fiber, log, registry }
  })

it.effect("starts a list from top to bottom, leaves out what is undefined, and stops it from bottom to top", () =>
  Effect.gen(function* () {
    const { controls, fiber, log } = yield* make((body) => [
      { name: "store", body: body("store") },
      undefined,
      {
        name: "gate",
        strategy: "one_for_one",
        children: [{ name: "limits", body: body("limits") }, undefined, { name: "breaker", body: body("breaker") }]
      },
      { name: "control", body: body("control") }
    ])
    assert.deepStrictEqual(log.splice(0), ["start store", "start limits", "start breaker", "start control"])
    assert.sameMembers([...controls.keys()], ["root", "gate"])
    yield* stopping(fiber)
    yield* after(0)
    assert.deepStrictEqual(log, ["stop control", "stop breaker", "stop limits", "stop store"])
  })
)

it.effect("keeps the state of a child's machine with its restart", () =>
  Effect.gen(function* () {
    let starts = 0
    const orders: Body = (ready) =>
      ++starts === 1
        ? Effect.andThen(ready, Effect.andThen(Effect.sleep(10), Effect.fail(new Broken({ message: "once" }))))
        : Effect.andThen(ready, Effect.never)
    const { fiber, registry } = yield* make(() => [{ name: "orders", body: orders, machine: "orders" }])
    yield* after(1000)
    assert.deepInclude(registry.restartHistory()[0], { path: "root/orders", lastState: "working", reason: "once" })
    yield* stopping(fiber)
  })
)

it.effect("holds a branch back behind its gate, and starts what follows all the same", () =>
  Effect.gen(function* () {
    const gate = makeFeedGate()
    gate.close()
    const { fiber, log } = yield* make((body) => [
      { name: "standby", strategy: "one_for_one", gate, children: [{ name: "session", body: body("session") }] },
      { name: "control", body: body("control") }
    ])
    assert.deepStrictEqual(log, ["start control"])
    gate.open()
    yield* after(1)
    assert.deepStrictEqual(log, ["start control", "start session"])
    yield* stopping(fiber)
  })
)

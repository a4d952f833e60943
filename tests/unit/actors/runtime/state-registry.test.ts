// The registry shows machines to operators: every step must be reported once, in sequence, with its restarts.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Registry, type RegistryChange } from "../../../../actors/runtime/registry.ts"
import { stateReply, treeReply } from "../../../../src/platform/control/state-replies.ts"

const step = (state: string, event: string, atMs: number, value?: unknown) => ({
  state,
  event,
  atMs,
  context: { attempts: 1, password: "p" },
  ...(value === undefined ? {} : { value })
})

describe("registry", () => {
  it("reports each step with the previous state, and counts each start after the first as a restart", () => {
    const registry = new Registry()
    const told: Array<string> = []
    const stop = registry.onChange((change: RegistryChange) => {
      if (change.type === "transition") told.push(`${change.from}>${change.actor.state} ${change.actor.restarts}`)
    })
    registry.noteTransition("m", step("a", "xstate.init", 1))
    registry.noteTransition("m", step("b", "GO", 2, { link: "b", role: "active" }))
    registry.noteTransition("m", step("b", "STAY", 3))
    registry.noteTransition("m", step("b", "xstate.init", 4))
    stop()
    registry.noteTransition("m", step("c", "GO", 5))
    assert.deepStrictEqual(told, [">a 0", "a>b 0", "b>b 0", ">b 1"])
    assert.strictEqual(registry.actor("m")?.sinceMs, 5)
  })

  it("a crashed machine is shown as crashed until it restarts, with its last state", () => {
    const registry = new Registry()
    registry.noteTransition("m", step("streaming", "xstate.init", 1))
    registry.noteCrash("m", { error: "mailbox of m overflowed", atMs: 5 })
    const [snapshot] = Effect.runSync(stateReply(registry, "demo", "m", 6)).actors
    assert.deepInclude(snapshot, {
      state: "crashed",
      since: "1970-01-01T08:00:00.005+08:00",
      last_event: "actor crashed"
    })
    assert.deepInclude(snapshot?.context, { crashedIn: "streaming", lastError: "mailbox of m overflowed" })
    assert.strictEqual(registry.stoodIn("m"), "streaming")
    registry.noteTransition("m", step("connecting", "xstate.init", 9))
    assert.strictEqual(registry.actor("m")?.restarts, 1)
    assert.strictEqual(registry.stoodIn("m"), "connecting")
  })

  it("a snapshot has the state value, since when, and no secret", () => {
    const registry = new Registry()
    registry.noteTransition("m", step("b", "GO", 1000, { link: "b" }))
    registry.noteTransition("m", step("b", "STAY", 2000, { link: "b" }))
    const [snapshot] = Effect.runSync(stateReply(registry, "demo", "m", 3000)).actors
    assert.deepStrictEqual(snapshot, {
      version: 1,
      instance: "demo",
      actor: "m",
      state: "b",
      value: { link: "b" },
      since: "1970-01-01T08:00:01.000+08:00",
      last_event: "STAY",
      transitions: 2,
      restarts: 0,
      context: { attempts: 1, password: "<redacted>" },
      at: "1970-01-01T08:00:03.000+08:00"
    })
  })

  it("an unknown machine is refused with the names that exist", () => {
    const registry = new Registry()
    registry.noteTransition("m", step("b", "GO", 1))
    const refused = Effect.runSync(Effect.flip(stateReply(registry, "demo", "unknown", 1)))
    assert.strictEqual(refused.code, "UNKNOWN_ACTOR")
    assert.match(refused.message, /it has m\./)
  })

  it("a child of the tree shows its machine and, while it runs, its age", () => {
    const registry = new Registry()
    const event = { supervisor: "front-primary", child: "session" } as const
    registry.noteTransition("session-primary", step("streaming", "GO", 1))
    registry.noteSupervisor({ ...event, atMs: 1000, type: "started", generation: 1 })
    registry.noteSupervisor({ ...event, atMs: 2000, type: "ready", generation: 1 })
    const [child] = treeReply(registry, "demo", 0, 5000).children
    assert.strictEqual(child?.uptime_ms, 3000)
    assert.deepStrictEqual(child?.machine, { actor: "session-primary", state: "streaming", last_event: "GO" })
  })
})

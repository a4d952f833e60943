// The tree that operators see: its drain order, the cost of one broken worker, and the record of a restart.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { type MarketFrontParts, type MarketParts, marketTree } from "../../../../actors/market/supervision-tree.ts"
import { Registry } from "../../../../actors/runtime/registry.ts"
import { type SupervisorEvent, SupervisorEvents, SupervisorGaveUp } from "../../../../actors/runtime/supervisor.ts"
import { RestartHistory } from "../../../../actors/runtime/supervisor-history.ts"
import { type Body, runTree } from "../../../../actors/runtime/tree.ts"
import { after, Broken, stopping } from "../../../support/supervision.ts"

const isFatal = (error: unknown) =>
  (error instanceof SupervisorGaveUp && error.fatal) || (error instanceof Broken && error.message === "no library")

const treeOf = (log: Array<string>, worker?: Body): MarketParts => {
  const body =
    (name: string): Body =>
    (ready) =>
      Effect.acquireUseRelease(
        Effect.sync(() => log.push(`start ${name}`)),
        () => Effect.andThen(ready, Effect.never),
        () => Effect.sync(() => log.push(`stop ${name}`))
      )
  const { machines, telemetry, broker, journal, natsLink, control, publisher, session } = Object.fromEntries(
    ["machines", "telemetry", "broker", "journal", "natsLink", "control", "publisher", "session"].map((name) => [
      name,
      body(name)
    ])
  ) as Record<"machines" | "telemetry" | "broker" | "journal" | "natsLink" | "control" | "publisher" | "session", Body>
  return {
    machines,
    telemetry,
    broker,
    journal,
    natsLink,
    control,
    publisher,
    fronts: [{ feed: "primary", worker: worker ?? body("worker"), session }]
  }
}

const runParts = Effect.fnUntraced(function* (parts: MarketParts, log: Array<string>) {
  const registry = new Registry()
  const serving = Effect.sync(() => void log.push("ready"))
  const fiber = yield* runTree({ children: marketTree(parts), isFatal }, serving).pipe(
    Effect.provideService(SupervisorEvents, (event) => registry.noteSupervisor(event)),
    Effect.delay(1),
    Effect.forkChild
  )
  yield* after(1)
  return { registry, fiber }
})

describe("the tree", () => {
  it.effect("starts from the store to the fronts and drains the other way", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const { fiber } = yield* runParts(treeOf(log), log)
      const order = [
        "telemetry",
        "broker",
        "journal",
        "machines",
        "natsLink",
        "publisher",
        "worker",
        "session",
        "control"
      ]
      const started = log.splice(0)
      assert.sameMembers([...started], [...order.map((name) => `start ${name}`), "ready"])
      // No child waits for a front, so its place among the others is random.
      const isFront = (line: string) => line === "start worker" || line === "start session"
      assert.deepStrictEqual(
        started.filter((line) => !isFront(line)),
        [...order.map((name) => `start ${name}`).filter((line) => !isFront(line)), "ready"]
      )
      yield* stopping(fiber)
      yield* after(0)
      assert.deepStrictEqual(
        log,
        order.toReversed().map((name) => `stop ${name}`)
      )
    })
  )

  it.effect("survives a worker that dies in its first start, and keeps the reason", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      let starts = 0
      const worker: Body = (ready) =>
        ++starts === 1
          ? Effect.fail(new Broken({ message: "killed while it loaded" }))
          : Effect.andThen(ready, Effect.never)
      const { registry } = yield* runParts(treeOf(log, worker), log)
      assert.include(log, "ready")
      yield* after(1000)
      assert.include(log, "start session")
      assert.lengthOf(registry.restartHistory(), 1)
      assert.deepInclude(registry.restartHistory()[0], {
        path: "front-primary/feed-worker",
        lastState: "starting",
        how: "failed",
        reason: "killed while it loaded",
        restarts: 1
      })
    })
  )

  it.effect("is up without the front whose worker never becomes ready, tries it again, and the others stream", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const parts = treeOf(log)
      const [primary] = parts.fronts as [MarketFrontParts]
      const dead: Body = () => Effect.sync(() => log.push("start dead worker")).pipe(Effect.andThen(Effect.never))
      const fronts = [
        { ...primary, worker: dead },
        { ...primary, feed: "backup" }
      ]
      const { registry, fiber } = yield* runParts({ ...parts, fronts }, log)
      assert.includeMembers(log, ["start dead worker", "start worker", "start session", "start control", "ready"])
      assert.strictEqual(log.filter((line) => line === "start session").length, 1)
      yield* after(46_000)
      assert.strictEqual(log.filter((line) => line === "start dead worker").length, 2)
      assert.deepInclude(registry.restartHistory().at(-1), {
        path: "front-primary/feed-worker",
        reason: "front-primary/feed-worker was not ready within 45000 ms.",
        restarts: 1
      })
      yield* stopping(fiber)
      yield* after(0)
      assert.strictEqual(log.at(-1), "stop telemetry")
    })
  )

  it.effect("ends with the sentence of a worker that no restart fixes", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const worker: Body = () => Effect.fail(new Broken({ message: "no library" }))
      const { fiber, registry } = yield* runParts(treeOf(log, worker), log)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit))
      assert.isTrue(
        registry
          .restartHistory()
          .every(({ reason, next }) => reason === "no library" && next.includes("no restart fixes it"))
      )
    })
  )

  it.effect("names the children whose stop has not ended, the one that is waited for last", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const stuck: Body = (ready) => Effect.ensuring(Effect.andThen(ready, Effect.never), Effect.never)
      const { fiber, registry } = yield* runParts(treeOf(log, stuck), log)
      yield* stopping(fiber)
      yield* after(1000)
      const waitedFor = ["root/line", "line/sessions", "sessions/front-primary", "front-primary/feed-worker"]
      assert.deepStrictEqual(registry.stopping(), waitedFor)
      yield* after(8000)
      assert.deepStrictEqual(registry.stopping(), [])
      assert.include(log, "stop telemetry")
    })
  )
})

describe("the history of restarts", () => {
  it("keeps the newest hundred", () => {
    const history = new RestartHistory()
    const event: SupervisorEvent = {
      supervisor: "s",
      child: "c",
      type: "restarting",
      how: "failed",
      reason: "r",
      chain: [],
      lastState: "running",
      servedMs: 0,
      restarts: 1,
      restartsMax: 10,
      periodMs: 1000,
      inMs: 5,
      next: ["c", "d"],
      atMs: 0
    }
    for (let atMs = 0; atMs < 150; atMs++) history.note({ ...event, atMs })
    assert.strictEqual(history.all().length, 100)
    assert.deepInclude(history.all().at(-1), { atMs: 149, path: "s/c", next: "c, d in 5 ms" })
  })
})

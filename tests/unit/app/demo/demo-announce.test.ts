// A user kills the worker that the demo names: pid 0 for a worker that starts a moment later would name no process.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { demoAnnouncement } from "../../../../src/app/demo/demo-announce.ts"
import type { Daemon } from "../../../../src/market/layers/daemon-options.ts"
import type { Broker } from "../../../../src/market/layers/publish/broker.ts"

it.effect("names the workers of both feeds, the active one first, once both are there", () =>
  Effect.gen(function* () {
    const pids: Record<string, number> = { primary: 8034, backup: 0 }
    const daemon = {
      httpPort: () => 9100,
      status: () => ({ sessions: [{ feed: "primary" }, { feed: "backup" }] }),
      workerPid: (feed = "primary") => pids[feed] ?? 0
    } as unknown as Daemon
    const broker = { url: () => "nats://127.0.0.1:4222" } as unknown as Broker
    const lines: Array<string> = []
    const { announce, served } = demoAnnouncement(daemon, broker, (line) => void lines.push(line))
    yield* served
    const fiber = yield* Effect.forkChild(announce)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(lines, [])
    pids["backup"] = 8035
    yield* TestClock.adjust("1 second")
    assert.match(lines.join("\n"), / {2}worker 8034 8035 {2}/)
    yield* Fiber.interrupt(fiber)
  })
)

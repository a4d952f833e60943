// What one operator stops must stop on every host, and stay stopped over a crash of the store.

import { assert, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { connection } from "../../support/nats-server.ts"
import { natsStage } from "../../support/trading/safety-nats.ts"
import { openGate, safetyStateContract, stateOf, waitFor } from "../../support/trading/safety-state-contract.ts"

safetyStateContract("NATS", natsStage, (name, ms) => console.log(`${name}: ${ms.toFixed(1)} ms`))

it.live(
  "a bucket that is purged or replaced behind the gate closes it",
  () =>
    Effect.scoped(
      Effect.gen(function* () {
        const stage = yield* natsStage
        const gate = yield* openGate(stage)
        const nc = yield* connection(stage.url)
        const manager = yield* Effect.promise(() => jetstreamManager(nc))
        yield* Effect.promise(() => manager.streams.purge("KV_trade_safety"))
        yield* waitFor(gate, "kill switch unknown")
        yield* Effect.promise(() => manager.streams.delete("KV_trade_safety"))
        const error = yield* Effect.flip(gate.confirmMonitor({ run: "r1", host: "h", pid: 1, look: 1 }))
        assert.strictEqual(error.reason, "missing", error.message)
        assert.strictEqual(stateOf(gate), "kill switch unknown")
      })
    ),
  30_000
)

// What one operator stops must stop on every host, and stay stopped over a crash of the store.

import { assert, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { engage } from "../../../src/trading/domain/safety/kill-switch.ts"
import { connection } from "../../support/nats-server.ts"
import { natsStage } from "../../support/trading/safety-nats.ts"
import {
  contractBounds,
  openGate,
  safetyAct,
  safetyStateContract,
  startGate,
  stateOf,
  waitFor
} from "../../support/trading/safety-state-contract.ts"

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

it.live(
  "a watch that the server has dropped does not keep the gate open beyond the heartbeat",
  () =>
    Effect.scoped(
      Effect.gen(function* () {
        const stage = yield* natsStage
        const gate = yield* openGate(stage)
        const other = yield* startGate(stage)
        yield* waitFor(other, "open")
        const nc = yield* connection(stage.url)
        yield* Effect.promise(async () => {
          const { consumers } = await jetstreamManager(nc)
          for await (const { name } of consumers.list("KV_trade_safety"))
            await consumers.delete("KV_trade_safety", name)
        })
        const startedMs = performance.now()
        yield* gate.changeKillSwitch((now) => engage(now, safetyAct(), "all"))
        while (stateOf(other) === "open") yield* Effect.sleep(1)
        const closedMs = performance.now() - startedMs
        console.log(`engagement to closed behind a dropped watch: ${closedMs.toFixed(0)} ms`)
        assert.isBelow(closedMs, contractBounds.heartbeatMs + 300)
        // The missing confirmation closed it, before the monitor's silence would have.
        assert.strictEqual(stateOf(other), "kill switch unknown")
        yield* waitFor(other, "kill switch engaged")
      })
    ),
  30_000
)

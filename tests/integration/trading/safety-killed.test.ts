// A host that dies must not forgive a loss, undo a trip, or leave the gates of other hosts open.
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { defaultSafetySettings } from "../../../src/trading/domain/safety/safety-settings.ts"
import { temporaryFolder } from "../../support/nats-server.ts"
import { natsStage } from "../../support/trading/safety-nats.ts"
import { startGate, stateOf, waitFor } from "../../support/trading/safety-state-contract.ts"
import { untilAnswer } from "../../support/until.ts"

const program = fileURLToPath(new URL("../../support/trading/safety-program.ts", import.meta.url))

const host = (url: string, path: string, equity: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, url, path, equity], { stdio: ["pipe", "pipe", "inherit"] })
      let said = ""
      child.stdout.on("data", (bytes) => {
        said += bytes
      })
      return { child, says: (text: string) => untilAnswer(text, async () => said.includes(`${text}\n`)) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )
const killed = (child: ChildProcess) =>
  Effect.promise(() => {
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    child.kill("SIGKILL")
    return ended
  })
const baselineIn = (path: string): string => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return String(database.prepare("SELECT body FROM named_values WHERE name = 'safety.baseline'").get()?.["body"])
  } finally {
    database.close()
  }
}

it.live(
  "S20 a killed host: its gate closes elsewhere, its trip stays, its baseline stays",
  () =>
    Effect.scoped(
      Effect.gen(function* () {
        const stage = yield* natsStage
        const folder = yield* temporaryFolder
        const path = join(folder, "orders.db")
        const other = yield* startGate(stage, defaultSafetySettings)
        const first = yield* host(stage.url, path, "103000")
        yield* first.says("ready")
        first.child.stdin.write("initialise\n")
        yield* waitFor(other, "open")
        const baseline = baselineIn(path)
        assert.include(baseline, '"peak":"103000"')

        // Killed while everything is open: the other host's gate notices the silence.
        const killedMs = performance.now()
        yield* killed(first.child)
        while (stateOf(other) === "open") yield* Effect.sleep(5)
        const silentMs = performance.now() - killedMs
        console.log(`killed to closed elsewhere: ${silentMs.toFixed(0)} ms`)
        assert.strictEqual(stateOf(other), "MONITOR_SILENT")
        assert.isBelow(silentMs, defaultSafetySettings.monitorSilentMs + 500)

        // Killed at several moments around a trip: from the fact on, the account never opens again by itself.
        for (const afterMs of [0, 40, 150]) {
          const next = yield* host(stage.url, path, "103000")
          yield* next.says("ready")
          const factMs = performance.now()
          next.child.stdin.write("equity 94000\n")
          if (afterMs === 150) {
            yield* waitFor(other, "DAILY_LOSS_EXCEEDED")
            console.log(`fact to tripped elsewhere: ${(performance.now() - factMs).toFixed(0)} ms`)
            assert.isBelow(performance.now() - factMs, 1000)
          } else yield* Effect.sleep(afterMs)
          yield* killed(next.child)
          assert.strictEqual(baselineIn(path), baseline)
        }
        const trips = (yield* other.breaker({ level: "account" })).tripsToday
        assert.strictEqual(trips, 1)
        // A host that comes back with a better account leaves the trip to an operator.
        const back = yield* host(stage.url, path, "102000")
        yield* back.says("ready")
        yield* Effect.sleep(500)
        assert.strictEqual(stateOf(other), "DAILY_LOSS_EXCEEDED")
        assert.strictEqual(baselineIn(path), baseline)
      })
    ),
  60_000
)

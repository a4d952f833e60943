// One trading host without orders: the safety states over NATS, the monitor over a SQLite file. A test kills it.
// Arguments: URL of NATS, path of the database, equity. Commands come on the standard input, one a line.
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { runMonitor } from "../../../actors/trading/monitor-actor.ts"
import { layer as natsBucket } from "../../../src/trading/adapters/nats/late-safety-bucket.ts"
import { SafetyFollower } from "../../../src/trading/application/safety/safety-state.ts"
import { Safety } from "../../../src/trading/ports/safety.ts"
import { connection } from "../nats-server.ts"
import { monitorOptions, safetyRun, safetyWorld } from "./safety-run.ts"

const [url = "", path = "", equity = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const nc = yield* connection(url)
  const bucket = natsBucket(() => nc, { replicas: 1, timeoutMs: 500, confirmEveryMs: 200 })
  const world = safetyWorld({ equity })
  yield* Effect.gen(function* () {
    yield* Effect.forkScoped(Effect.flatMap(SafetyFollower, ({ run }) => run))
    const safety = yield* Safety
    const why = { by: "ops", reason: "started by the test of a killed host" }
    yield* Effect.forkScoped(
      Effect.promise(async () => {
        for await (const line of createInterface({ input: process.stdin })) {
          const [command, value = ""] = line.split(" ")
          if (command === "initialise") await Effect.runPromise(Effect.ignore(safety.initialise(why)))
          if (command === "equity") world.equity = value
          process.stdout.write(`did ${line}\n`)
        }
      })
    )
    yield* runMonitor(
      { ...monitorOptions, run: { run: `${process.pid}`, host: "h", pid: process.pid } },
      Effect.sync(() => process.stdout.write("ready\n"))
    )
  }).pipe(Effect.provide(safetyRun(bucket, path, world)))
})

await Effect.runPromise(Effect.scoped(program) as Effect.Effect<unknown>)

// A tool that starts NATS and the daemon and ends: argv 2 is the JSON of its variables, argv 3 the folder of its logs.
import { Effect, Layer } from "effect"
import { variables } from "../../src/app/env/variables.ts"
import { processHost } from "../../src/ops/adapters/process/process-host.ts"
import { liveSettingsOf } from "../../src/ops/config/live-settings.ts"
import { ProgramHost } from "../../src/ops/ports/program-host.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"

const [, , set = "{}", logDir = ""] = process.argv
const silent = Layer.succeed(RunLog, { write: () => Effect.void, mark: () => Effect.void, follow: () => Effect.void })

await Effect.runPromise(
  Effect.gen(function* () {
    const settings = yield* liveSettingsOf(JSON.parse(set) as Record<string, string>, { logDir, declared: variables })
    yield* Effect.gen(function* () {
      const host = yield* ProgramHost
      const options = { settings: "current", debug: false } as const
      const changes = [yield* host.start("nats", options), yield* host.start("tickd", options)]
      process.stdout.write(`started ${changes.join(" ")}\n`)
    }).pipe(Effect.provide(Layer.provide(processHost(settings), silent)))
  })
)
// It stays as a terminal would, until it is killed.
setInterval(() => {}, 60_000)

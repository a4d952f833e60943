// A small daemon: starts a server on the given store, prints its pid and port in one line, and waits to be killed.
import { Effect } from "effect"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"

const [binary = "", storeDir = ""] = process.argv.slice(2)
await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* startNatsServer({ binary, storeDir, port: 0 })
      process.stdout.write(`${JSON.stringify({ pid: server.pid, port: server.port })}\n`)
      return yield* Effect.never
    })
  )
)

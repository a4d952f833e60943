import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"

export interface BenchServer {
  readonly url: string
  readonly pid: number
  /** Folder of this run, on the same disk as the store. */
  readonly stateDir: string
}

/** A new nats-server as with `--embedded-nats`, with an empty store: runs must not share files. */
export const startBenchServer = Effect.fnUntraced(function* (
  binary: string
): Effect.fn.Return<BenchServer, unknown, Scope.Scope> {
  const stateDir = yield* Effect.acquireRelease(
    Effect.sync(() => {
      mkdirSync(join(projectRoot, ".state"), { recursive: true })
      return mkdtempSync(join(projectRoot, ".state", "bench-"))
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const server = yield* startNatsServer({ binary, storeDir: join(stateDir, "nats"), port: 0, syncInterval: "1s" })
  return { url: server.url, pid: server.pid, stateDir }
})

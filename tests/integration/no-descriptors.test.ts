// A process that has no descriptor left (EMFILE) gets from Node a child without streams, and its error later: a
// daemon that meets it must say so and try again, not end of an exception that no one catches.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { startTelemetryServer } from "../../src/platform/http/telemetry-server.ts"
import { projectRoot } from "../support/nats-server.ts"

const from = (path: string) => JSON.stringify(join(projectRoot, path))

/** Starts each kind of child with 0 to 15 descriptors left, and prints how each attempt ended. */
const program = `
  import { closeSync, openSync } from "node:fs"
  import { Effect, Queue, Result } from "effect"
  import { startWorker } from ${from("src/market/adapters/ctp/worker-process.ts")}
  import { startTraderWorker } from ${from("src/market/adapters/catalogue/trader-worker.ts")}
  import { spawnServer } from ${from("src/platform/nats/server-child.ts")}
  const [folder] = process.argv.slice(1)
  process.on("uncaughtException", (error) => console.log("UNCAUGHT", error.message))
  const shared = { binary: "/bin/true", library: "/bin/true", flowDir: folder, fronts: [], production: false, onLine: () => {} }
  const worker = Effect.scoped(Effect.gen(function* () {
    const progress = () => ({ rounds: 0, ordered: 0, returned: 0 })
    const started = yield* startWorker({ ...shared, feed: "primary", ringFd: 1, onRing: () => {}, progress })
    // The error of a child without streams arrives in a later turn: by then only the start's own handler listens.
    yield* Effect.sleep(5)
    yield* started.ended
  }))
  const query = Effect.scoped(Effect.gen(function* () {
    const { events } = yield* startTraderWorker({ ...shared, env: {} })
    const { error } = yield* Queue.take(events)
    // "true" is not a query, so it ends at once.
    if (error.code !== "TRADER_WORKER_DIED") return yield* error
  }))
  const server = Effect.promise(async () => {
    try {
      await spawnServer({ binary: "/bin/true", configPath: "x", recordPath: folder + "/record", port: 1, log: () => {} }).exit
    } catch (error) {
      if (error.code !== "EMFILE") throw error
    }
  })
  for (let left = 0; left < 16; left++) {
    for (const [name, start] of [["worker", worker], ["query", query], ["server", server]]) {
      const held = []
      try { for (;;) held.push(openSync("/dev/null")) } catch {}
      for (let i = 0; i < left; i++) closeSync(held.pop())
      const outcome = await Effect.runPromise(Effect.result(start))
      for (const fd of held) closeSync(fd)
      console.log(left, name, Result.isFailure(outcome) ? outcome.failure.code + ": " + outcome.failure.message : "ok")
    }
  }`

it("R1: a child that cannot be started for want of descriptors is a cause that is waited for", () => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-descriptors-"))
  try {
    const args = ['ulimit -n 80; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", program, folder]
    const { stdout, stderr } = spawnSync("sh", ["-c", ...args], { encoding: "utf8", cwd: projectRoot })
    const lines = stdout.trim().split("\n")
    assert.lengthOf(lines, 48, stdout + stderr)
    for (const line of lines) {
      assert.match(
        line,
        /^\d+ \w+ (ok|(WORKER_MISSING|TRADER_WORKER_MISSING): .*EMFILE.*raise the limit of open files)/
      )
    }
    for (const name of ["worker", "query"]) {
      assert.match(stdout, new RegExp(`\\d ${name} \\w*WORKER_MISSING: `))
      assert.match(stdout, new RegExp(`15 ${name} ok`))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it.live("R1: connections that cannot be accepted end no daemon", () =>
  Effect.gen(function* () {
    const servers: Array<Server> = []
    const { listen } = Server.prototype
    Server.prototype.listen = function (this: Server, ...args: Parameters<typeof listen>) {
      servers.push(this)
      return listen.apply(this, args)
    } as typeof listen
    const answers = {
      metrics: () => Promise.resolve({ contentType: "text/plain", text: "" }),
      readiness: () => ({ reasons: [], beside: [] }),
      status: () => ({})
    }
    const { port } = yield* Effect.ensuring(
      startTelemetryServer("127.0.0.1", 0, answers as never),
      Effect.sync(() => void (Server.prototype.listen = listen))
    )
    for (let i = 0; i < 3; i++) servers[0]?.emit("error", new Error("accept EMFILE"))
    const answer = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/healthz`))
    assert.strictEqual(answer.status, 200)
  }).pipe(Effect.scoped)
)

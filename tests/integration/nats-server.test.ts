// The embedded server must come back where it was, never outlive its daemon, and say in one sentence why it cannot
// start.
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { type NatsServer, runNatsServer, startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { answers } from "../../src/platform/nats/server-probe.ts"
import { startTicks } from "../../src/platform/nats/server-process.ts"
import { natsBinary, projectRoot, temporaryFolder } from "../support/nats-server.ts"
import { settableWall } from "../support/settable-wall.ts"

const isRunning = (pid: number) => startTicks(pid) !== undefined

const untilGone = Effect.fnUntraced(function* (pid: number) {
  for (let waited = 0; isRunning(pid) && waited < 10_000; waited += 20) yield* Effect.sleep(20)
  return !isRunning(pid)
})

/** Another daemon's process with its own server. */
const startOwner = Effect.fnUntraced(function* (binary: string, storeDir: string) {
  const owner = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [join(projectRoot, "tests/support/nats-owner.ts"), binary, storeDir], {
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const line = yield* Effect.promise(
    () => new Promise<string>((resolve) => owner.stdout.setEncoding("utf8").once("data", resolve))
  )
  return { owner, server: JSON.parse(line) as { readonly pid: number; readonly port: number } }
})

/** Pids of the death watches that guard one server. */
const watchesOf = (pid: number) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")
        return words[3] === "tickd-nats-watch" && words[4] === String(pid)
      } catch {
        return false
      }
    })
    .map(Number)

describe("embedded nats-server", () => {
  it.live("runs until its scope ends, with the fsync interval that was asked for", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const storeDir = yield* temporaryFolder
      const pid = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* startNatsServer({ binary, storeDir, port: 0 })
          const nc = yield* connectNats({ url: server.url, name: "test" })
          assert.strictEqual(nc.info?.jetstream, true)
          yield* Effect.promise(() => nc.close())
          assert.match(readFileSync(join(storeDir, "nats-server.conf"), "utf8"), /sync_interval: "1s"/)
          assert.strictEqual(watchesOf(server.pid).length, 1)
          return server.pid
        })
      )
      assert.isFalse(isRunning(pid))
      // The watch ends by itself when it sees that its server has ended.
      for (let waitedMs = 0; watchesOf(pid).length > 0 && waitedMs < 10_000; waitedMs += 50) yield* Effect.sleep(50)
      assert.strictEqual(watchesOf(pid).length, 0)
    })
  )

  it.live("fails as a supervised child when it dies, and comes back on the same port and store", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const storeDir = yield* temporaryFolder
      const runUntilDeath = Effect.gen(function* () {
        const ready = yield* Deferred.make<NatsServer>()
        const child = yield* Effect.forkScoped(
          Effect.scoped(
            runNatsServer({
              binary,
              storeDir,
              port: 0,
              onReady: (server) => Effect.asVoid(Deferred.succeed(ready, server))
            })
          ).pipe(Effect.flip)
        )
        const server = yield* Deferred.await(ready)
        process.kill(server.pid, "SIGKILL")
        const error = yield* Fiber.join(child)
        assert.strictEqual(error.code, "NATS_SERVER_EXITED")
        assert.match(error.message, /SIGKILL/)
        return server
      })
      const first = yield* runUntilDeath
      const second = yield* runUntilDeath
      assert.strictEqual(second.port, first.port)
      assert.notStrictEqual(second.pid, first.pid)
    })
  )

  it.live("names a port that someone else holds, also when that one is a NATS server", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const holder = yield* Effect.acquireRelease(
        Effect.promise(
          () =>
            new Promise<ReturnType<typeof createServer>>((resolve) => {
              const server = createServer((socket) => socket.on("error", () => undefined).end("INFO {}\r\n"))
              server.listen(0, "127.0.0.1", () => resolve(server))
            })
        ),
        (server) => Effect.sync(() => server.close())
      )
      const address = holder.address()
      const taken = typeof address === "object" && address !== null ? address.port : 0
      const other = yield* startNatsServer({ binary, storeDir: yield* temporaryFolder, port: 0 })
      for (const port of [taken, other.port]) {
        const error = yield* Effect.flip(startNatsServer({ binary, storeDir: yield* temporaryFolder, port }))
        assert.strictEqual(error.code, "NATS_PORT_IN_USE")
        assert.strictEqual(error.port, port)
        assert.include(error.message, String(port))
      }
    })
  )

  it.live("says what the server said when it cannot start", () =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      const broken = join(storeDir, "broken")
      writeFileSync(broken, "#!/bin/sh\necho '[FTL] no luck today' >&2\nexit 3\n", { mode: 0o755 })
      const error = yield* Effect.flip(startNatsServer({ binary: broken, storeDir, port: 0 }))
      assert.strictEqual(error.code, "NATS_START_FAILED")
      assert.match(error.message, /no luck today/)
      const missing = yield* Effect.flip(startNatsServer({ binary: join(storeDir, "absent"), storeDir, port: 0 }))
      assert.strictEqual(missing.code, "NATS_START_FAILED")
      assert.match(missing.message, /ENOENT/)
    })
  )

  it.live("kills a server that does not stop when asked", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const server = yield* startNatsServer({ binary, storeDir: yield* temporaryFolder, port: 0, stopTimeoutMs: 300 })
      process.kill(server.pid, "SIGSTOP")
      const exit = yield* server.stop
      assert.strictEqual(exit.signal, "SIGKILL")
    })
  )

  it.live("ends by itself when its daemon is killed", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const { owner, server } = yield* startOwner(binary, yield* temporaryFolder)
      assert.isTrue(isRunning(server.pid))
      owner.kill("SIGKILL")
      assert.isTrue(yield* untilGone(server.pid))
    })
  )

  it.live("refuses the store of a living daemon, and ends what a dead one left there", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const storeDir = yield* temporaryFolder
      const { owner, server } = yield* startOwner(binary, storeDir)
      const refusal = yield* Effect.flip(startNatsServer({ binary, storeDir, port: 0 }))
      assert.strictEqual(refusal.code, "NATS_STORE_IN_USE")
      assert.include(refusal.message, String(owner.pid))
      assert.isTrue(isRunning(server.pid))
      // the watch dies first: only the record is left for the next start
      const watches = watchesOf(server.pid)
      for (const watch of watches) process.kill(watch, "SIGKILL")
      for (const watch of watches) assert.isTrue(yield* untilGone(watch))
      owner.kill("SIGKILL")
      if (owner.pid !== undefined) assert.isTrue(yield* untilGone(owner.pid))
      assert.isTrue(isRunning(server.pid))
      const next = yield* startNatsServer({ binary, storeDir, port: server.port })
      assert.isFalse(isRunning(server.pid))
      assert.strictEqual(next.port, server.port)
      assert.isTrue(existsSync(join(storeDir, "store")))
    })
  )

  it.live("reports a missing server and one that refuses the credentials, without the password", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const server = yield* startNatsServer({ binary, storeDir: yield* temporaryFolder, port: 0 })
      yield* server.stop
      const error = yield* Effect.flip(connectNats({ url: `nats://me:secret@127.0.0.1:${server.port}`, name: "test" }))
      assert.strictEqual(error.code, "NATS_UNREACHABLE")
      assert.isTrue(error.retryable)
      assert.notInclude(error.message, "secret")
      assert.include(error.message, `127.0.0.1:${server.port}`)
      const refuser = yield* Effect.acquireRelease(
        Effect.promise(
          () =>
            new Promise<ReturnType<typeof createServer>>((resolve) => {
              const fake = createServer((socket) => {
                socket.on("error", () => {})
                socket.write(`INFO {"server_id":"x","version":"2.10.27","headers":true,"max_payload":1048576}\r\n`)
                socket.on("data", () => socket.end("-ERR 'Authorization Violation'\r\n"))
              })
              fake.listen(0, "127.0.0.1", () => resolve(fake))
            })
        ),
        (fake) => Effect.sync(() => fake.close())
      )
      const address = refuser.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const refused = yield* Effect.flip(connectNats({ url: `nats://me:secret@127.0.0.1:${port}`, name: "test" }))
      assert.strictEqual(refused.code, "NATS_AUTH_REJECTED")
      assert.notInclude(refused.message, "secret")
    })
  )

  it.live("kills a server that lives and answers nothing, and says so; one that answers is left alone", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const storeDir = yield* temporaryFolder
      const served = yield* Deferred.make<NatsServer>()
      const { wall, set } = yield* settableWall
      const fiber = yield* Effect.forkScoped(
        set(
          runNatsServer({
            binary,
            storeDir,
            port: 0,
            silentAfterMs: 3000,
            onReady: (server) => Effect.asVoid(Deferred.succeed(served, server))
          })
        )
      )
      const { pid } = yield* Deferred.await(served)
      // Longer than it may be silent.
      yield* Effect.sleep(4000)
      assert.isTrue(isRunning(pid))
      // the wall clock changes nothing meanwhile
      wall.offMs = -3_600_000
      process.kill(pid, "SIGSTOP")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.deepInclude(error, { code: "NATS_SERVER_SILENT", pid })
      assert.match(error.message, /was running and did not answer for \d+ s: it was killed/)
      assert.isFalse(isRunning(pid))
    })
  )

  it.live("is asked for JetStream too: a PONG alone does not count", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const { port } = yield* startNatsServer({ binary, storeDir: yield* temporaryFolder, port: 0, jetstream: false })
      assert.isTrue(yield* answers("127.0.0.1", port, false))
      assert.isFalse(yield* answers("127.0.0.1", port, true))
      assert.isFalse(yield* answers("127.0.0.1", 1, false))
    })
  )
})

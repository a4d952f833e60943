// The store of the embedded server must not shrink at its restarts, and a long read of it must not be cut off in the
// middle.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Result } from "effect"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { boundStreams } from "../../src/platform/nats/store-bounds.ts"
import { storeSizeOf } from "../../src/platform/nats/store-size.ts"
import { boundsIn, bytesBesideTicks } from "../../src/protocol/control/stream-bytes.ts"
import { declaredStreams } from "../../src/protocol/market/streams.ts"
import { makeTickSubjects } from "../../src/protocol/market/subjects.ts"
import { connection, natsBinary, temporaryFolder } from "../support/nats-server.ts"

const subjects = Result.getOrThrow(makeTickSubjects())
const shapes = declaredStreams({ stream: "MD_TICKS", serializer: "json", maxAgeHours: 120 }, subjects).map(
  ({ shape }) => shape
)
const names = shapes.map(({ name }) => name)

describe("the size of a store", () => {
  it("R12: counts what the store holds, and is never less than it was: such a stream would not be recovered", () => {
    return Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const first = storeSizeOf(folder)
          assert.isAbove(first.room, 0)
          mkdirSync(join(folder, "store"))
          writeFileSync(join(folder, "store", "1.blk"), Buffer.alloc(4_000_000, 1))
          const second = storeSizeOf(folder)
          // Stored data does not reduce the size; other programs write to this disk too.
          assert.isAbove(second.limit, first.limit - 1)
          writeFileSync(join(folder, "store-size.json"), JSON.stringify({ max_file_store: first.limit * 2 }))
          const third = storeSizeOf(folder)
          assert.strictEqual(third.limit, first.limit * 2)
          assert.isBelow(third.room, third.limit)
          writeFileSync(join(folder, "store-size.json"), "damaged")
          assert.isAbove(storeSizeOf(folder).limit, 0)
        })
      )
    )
  })

  it("R12: the bounds of all streams together fit every store, and most of it is for the ticks", () => {
    for (const store of [1e6, 48e6, 1e9, 20e9, 2e12]) {
      const bounds = boundsIn(store, names)
      const sum = [...bounds.values()].reduce((total, bytes) => total + bytes, 0)
      assert.isAtMost(sum, store)
      assert.isAtLeast(bounds.get("MD_TICKS") ?? 0, store * 0.7)
      for (const name of names) assert.isAbove(bounds.get(name) ?? 0, 0)
    }
    assert.strictEqual(boundsIn(2e12, ["MD_QUARANTINE"]).get("MD_QUARANTINE"), 256 * 1024 * 1024)
  })

  it("R12: the configurations that are shipped name a size, and the bounds of their streams fit it", () => {
    const compose = readFileSync("docker-compose.yml", "utf8")
    const [, ticks] = /TICK_STREAM_MAX_BYTES:-(\d+)\}/.exec(compose) ?? []
    for (const file of ["deploy/nats/nats.conf", "deploy/nats/secure/common.conf"]) {
      const [, gigabytes] = /^ *max_file_store: (\d+)GB$/m.exec(readFileSync(file, "utf8")) ?? []
      assert.isAtLeast(Number(gigabytes) * 1024 ** 3, Number(ticks) + bytesBesideTicks, file)
    }
  })

  it.live("R12: a restart with less room keeps every stream and what it holds, and goes on storing", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const storeDir = yield* temporaryFolder
      const troubles: Array<string> = []
      const life = (storeBytes: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const server = yield* startNatsServer({ binary, storeDir, port: 0, sizeStore: true })
            yield* boundStreams({
              url: server.url,
              shapes,
              storeBytes,
              onTrouble: (message) => troubles.push(message)
            })
            const nc = yield* connection(server.url)
            const manager = yield* Effect.promise(() => jetstreamManager(nc, { checkAPI: false }))
            const js = jetstream(nc)
            const payload = new Uint8Array(100_000)
            for (let n = 0; n < 60; n++) yield* Effect.promise(() => js.publish("md.tick.SHFE.rb.rb2701", payload))
            const infos = yield* Effect.promise(() => Promise.all(names.map((name) => manager.streams.info(name))))
            const bounds = infos.map(({ config }) => config.max_bytes)
            const ticks = infos[names.indexOf("MD_TICKS")]
            return { bounds, last: ticks?.state.last_seq, bytes: ticks?.state.bytes ?? 0 }
          })
        )
      const first = yield* life(20_000_000)
      assert.isAtMost(
        first.bounds.reduce((sum, bytes) => sum + bytes, 0),
        20_000_000
      )
      const second = yield* life(10_000_000)
      assert.strictEqual(second.last, 120)
      assert.isAtMost(
        second.bounds.reduce((sum, bytes) => sum + bytes, 0),
        10_000_000
      )
      // A store with more data than its disk allows keeps it: the limit follows the data.
      const third = yield* life(4_000_000)
      assert.strictEqual(third.last, 180)
      assert.isAbove(third.bytes, 5_000_000)
      assert.deepStrictEqual(troubles, [])
    })
  )
})

/** A server that reads its store for `lines` steps of 100 ms before it listens, and reports it. */
const slowServer = (binary: string, folder: string, lines: number, says: boolean) => {
  const path = join(folder, "slow-nats")
  const step = says ? 'echo "[INF] recovering, $left left" >&2; ' : ""
  writeFileSync(
    path,
    `#!/bin/sh\nleft=${lines}\nwhile [ "$left" -gt 0 ]; do ${step}sleep 0.1; left=$((left - 1)); done\nexec "${binary}" "$@"\n`,
    { mode: 0o755 }
  )
  return path
}

describe("a start that takes long", () => {
  it.live("R2: is waited for while its log moves, however long, and reported", () =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      const binary = slowServer(yield* natsBinary, storeDir, 30, true)
      const said: Array<string> = []
      const server = yield* startNatsServer({
        binary,
        storeDir,
        port: 0,
        startTimeoutMs: 1000,
        slowStartMs: 1000,
        onSlowStart: (message) => said.push(message)
      })
      assert.isAbove(server.pid, 0)
      assert.isAtLeast(said.length, 1)
      assert.match(said[0] as string, /has been starting on .* for \d+ s and makes progress.*recovering, \d+ left/)
    })
  )

  it.live("R2: ends when the server makes no progress at all, with what to look at", () =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      const path = join(storeDir, "stuck-nats")
      writeFileSync(path, "#!/bin/sh\nexec sleep 600\n", { mode: 0o755 })
      const error = yield* Effect.flip(startNatsServer({ binary: path, storeDir, port: 0, startTimeoutMs: 1500 }))
      assert.strictEqual(error.code, "NATS_START_TIMEOUT")
      assert.match(error.message, /made no progress for 1.5 s .*it is killed; see its log and the disk of/)
    })
  )
})

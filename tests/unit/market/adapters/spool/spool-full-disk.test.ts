// A spool on a full disk with a slow broker: it once copied its window into memory at every check, and all of that
// memory for each message, until the event loop stalled for a second at a time.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openSpool } from "../../../../../src/market/adapters/spool/open-spool.ts"
import { nodeFiles, type SpoolFiles } from "../../../../../src/market/adapters/spool/spool-files.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"
import { pass, spoolFolders, spoolOptions, startSpooling } from "../../../../support/spool-run.ts"

const fullDisk: SpoolFiles = {
  ...nodeFiles,
  write: () => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
  }
}

describe("a spool on a full disk", () => {
  it.effect("is not engaged at each check, and its memory does not grow while the broker is slow", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const broker = { away: false }
      const run = yield* startSpooling(stream, broker, (yield* spoolFolders).next(), { files: fullDisk })
      let sent = 0
      yield* Effect.forkScoped(
        Effect.gen(function* () {
          while (sent < 3000) {
            yield* run.publisher.awaitRoom
            while (sent < 3000 && run.publisher.room() > 0) run.publisher.send("s", String(sent), 0, 0, sent, sent++)
          }
        })
      )
      yield* pass(30)
      broker.away = true
      stream.breakAll(5)
      yield* pass(1000)
      assert.match(run.publisher.spoolCounts().trouble ?? "", /ENOSPC/)
      broker.away = false
      let mostBytes = 0
      for (let round = 0; round < 200; round++) {
        // 50 a second of which 32 are in the window: always full, never older than the broker's time limit
        stream.work(1)
        yield* pass(20)
        mostBytes = Math.max(mostBytes, run.publisher.spoolCounts().bytes)
      }
      assert.strictEqual(run.publisher.counts().link, "up")
      const engaged = run.events.filter(({ type }) => type === "engaged").length
      // an empty spool has nothing to retry with: it is tried again about once a second
      assert.isAtMost(engaged, 6, "engaged again and again on a disk that takes nothing")
      assert.isBelow(mostBytes, 32 * 1024)
      for (let round = 0; run.publisher.counts().stored < 3000; round++) {
        assert.isBelow(round, 2000)
        stream.work(50)
        yield* pass(10)
      }
      const stored = stream.messages.map(({ data }) => Number(new TextDecoder().decode(data)))
      assert.deepStrictEqual(
        stored,
        Array.from({ length: 3000 }, (_, at) => at)
      )
      yield* run.stop
    })
  )

  it.effect("gives a message of its memory with the bytes of that message, not with all that follow", () =>
    Effect.gen(function* () {
      const spool = yield* openSpool(spoolOptions((yield* spoolFolders).next(), { files: fullDisk }))
      const payload = Buffer.alloc(10_000, 7)
      for (let at = 0; at < 90; at++) spool.append("s", payload, at, 0, at, at)
      spool.flush()
      for (let at = 0; at < 90; at++) {
        const message = spool.next()
        assert.strictEqual(message?.stampMs, at)
        assert.isTrue(payload.equals(message?.payload ?? Buffer.alloc(0)))
        // a slab of Node's pool at most
        assert.isAtMost(message?.payload.buffer.byteLength ?? 0, 65_536)
      }
    })
  )
})

// The disk spool must be bounded, keep its sequence, and report what it drops; a faulty disk must cost only space.
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openSpool } from "../../../../../src/market/adapters/spool/open-spool.ts"
import { nodeFiles, type SpoolFiles } from "../../../../../src/market/adapters/spool/spool-files.ts"
import type { SpoolDrop, SpoolEvent, TickSpool } from "../../../../../src/market/ports/tick-spool.ts"
import { type SpoolOptions, spoolFolders, spoolOptions } from "../../../../support/spool-run.ts"

const mebibyte = 1024 * 1024
const payload = Buffer.alloc(1000, 7)
const mark = { created: "first", floorSeq: 0, window: 32 }
const segmentsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".spool"))

/** Appends ticks `from .. to - 1` of feed 0, as far as there is room. Returns the number of accepted ones. */
const fill = (spool: TickSpool, from: number, to: number): number => {
  for (let at = from; at < to; at++) {
    if (spool.room() === 0) return at - from
    spool.append(`s.${at % 3}`, payload, at, 0, at, 1000 + at)
  }
  spool.flush()
  return to - from
}

/** Reads and releases up to `count`; their numbers. */
const take = (spool: TickSpool, count: number): Array<number> => {
  const numbers: Array<number> = []
  for (let message = spool.next(); message !== undefined; message = spool.next()) {
    numbers.push(message.stampMs)
    spool.release(message.end)
    if (numbers.length === count) break
  }
  return numbers
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

const open = Effect.fnUntraced(function* (folder: string, more: Partial<SpoolOptions> = {}) {
  const events: Array<SpoolEvent> = []
  const drops: Array<SpoolDrop> = []
  const spool = yield* openSpool(
    spoolOptions(folder, {
      onEvent: (event) => void events.push(event),
      onDropped: (drop) => void drops.push(drop),
      ...more
    })
  )
  return { spool, events, drops }
})

/** A file system whose disk is full while `full`, after half a write. */
const fullDisk = () => {
  const disk = { full: false }
  const files: SpoolFiles = {
    ...nodeFiles,
    write: (fd, bytes, from, count, at) => {
      if (!disk.full) return nodeFiles.write(fd, bytes, from, count, at)
      if (count > 1) return nodeFiles.write(fd, bytes, from, count >> 1, at)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
    }
  }
  return { disk, files }
}

describe("file spool", () => {
  it.live("keeps order over segments and deletes each when it is stored", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { spool } = yield* open(folder, { maxBytes: 16 * mebibyte })
      assert.strictEqual(fill(spool, 0, 5000), 5000)
      assert.strictEqual(segmentsIn(folder).length, 5)
      assert.deepStrictEqual(take(spool, 3000), range(0, 3000))
      spool.settle(mark, false)
      assert.strictEqual(segmentsIn(folder).length, 3)
      assert.deepStrictEqual(take(spool, 9999), range(3000, 5000))
      spool.settle(mark, true)
      assert.deepStrictEqual(segmentsIn(folder), [])
      assert.deepStrictEqual({ ...spool.counts() }, { ...spool.counts(), ticks: 0, bytes: 0 })
      // and starts again behind the previous ones
      fill(spool, 5000, 5010)
      assert.deepStrictEqual(take(spool, 9999), range(5000, 5010))
    })
  )

  it.live("drop-newest: has no room at the bound and has it again when a segment is stored", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { spool, drops } = yield* open(folder, { maxBytes: 4 * mebibyte })
      const taken = fill(spool, 0, 10_000)
      assert.isBelow(taken, 4200)
      assert.isAbove(taken, 3900)
      assert.isAtMost(spool.counts().bytes, 4 * mebibyte)
      assert.strictEqual(spool.room(), 0)
      assert.deepStrictEqual(take(spool, 1100), range(0, 1100))
      spool.settle(mark, false)
      assert.isAbove(spool.room(), 500)
      assert.deepStrictEqual(drops, [])
    })
  )

  it.live("drop-oldest: drops whole segments, reports which ticks, and never one that is being sent", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { spool, drops, events } = yield* open(folder, { maxBytes: 4 * mebibyte, overflow: "drop-oldest" })
      fill(spool, 0, 500)
      const sent = spool.next()
      assert.strictEqual(sent?.stampMs, 0)
      assert.strictEqual(fill(spool, 500, 10_000), 9500)
      assert.isAtMost(spool.counts().bytes, 4 * mebibyte)
      const given = drops.reduce((sum, { count }) => sum + count, 0)
      assert.strictEqual(spool.counts().dropped, given)
      assert.strictEqual(spool.counts().ticks + given, 10_000)
      assert.isAbove(given, 5000)
      const gone = new Set(drops.flatMap(({ firstSeq, lastSeq }) => range(firstSeq, lastSeq + 1)))
      assert.strictEqual(gone.size, given)
      assert.isFalse(gone.has(0))
      for (const drop of drops) {
        assert.strictEqual(drop.count, drop.lastSeq - drop.firstSeq + 1)
        assert.deepStrictEqual([drop.fromMs, drop.toMs], [1000 + drop.firstSeq, 1000 + drop.lastSeq])
      }
      assert.isTrue(events.every((event) => event.type === "dropped" && event.why === "full"))
      spool.release(sent?.end ?? 0)
      assert.deepStrictEqual(
        take(spool, 99_999),
        range(1, 10_000).filter((at) => !gone.has(at))
      )
    })
  )

  it.live("a full disk: no room, nothing lost, reported once, and written again when there is space", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { disk, files } = fullDisk()
      const { spool, events } = yield* open(folder, { files })
      fill(spool, 0, 100)
      disk.full = true
      for (let at = 100; at < 150; at++) spool.append("s", payload, at, 0, at, 1000 + at)
      assert.isFalse(spool.flush())
      assert.strictEqual(spool.room(), 0)
      spool.look(5000)
      spool.look(7000)
      assert.isAbove(spool.counts().errors, 2)
      assert.deepStrictEqual(
        events.map((event) => (event.type === "trouble" ? event.code : event.type)),
        ["SPOOL_WRITE_FAILED"]
      )
      // messages in memory only can still be sent
      assert.deepStrictEqual(take(spool, 120), range(0, 120))
      disk.full = false
      spool.look(9000)
      assert.strictEqual(events.at(-1)?.type, "repaired")
      fill(spool, 150, 200)
      assert.deepStrictEqual(take(spool, 999), range(120, 200))
    })
  )

  it.live("a full disk when the daemon dies: the next start has the whole records", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { disk, files } = fullDisk()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { spool } = yield* open(folder, { files })
          fill(spool, 0, 100)
          disk.full = true
          for (let at = 100; at < 150; at++) spool.append("s", payload, at, 0, at, 1000 + at)
          spool.flush()
        })
      )
      const { spool, events } = yield* open(folder)
      const numbers = take(spool, 999)
      assert.deepStrictEqual(numbers, range(0, numbers.length))
      assert.isAtLeast(numbers.length, 100)
      assert.strictEqual(events[0]?.type, "recovered")
    })
  )

  it.live("a damaged tail is cut at the last whole record and reported; the next start continues behind it", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      yield* Effect.scoped(Effect.map(open(folder), ({ spool }) => fill(spool, 0, 100)))
      const path = join(folder, segmentsIn(folder)[0] as string)
      truncateSync(path, readFileSync(path).length - 300)
      const cut = readFileSync(path).length
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { spool, events } = yield* open(folder)
          assert.deepStrictEqual(events, [
            {
              type: "recovered",
              ticks: 99,
              bytes: readFileSync(path).length,
              cutBytes: cut - readFileSync(path).length
            }
          ])
          assert.isAbove(spool.counts().cutBytes, 0)
          fill(spool, 200, 210)
        })
      )
      const { spool } = yield* open(folder)
      assert.deepStrictEqual(take(spool, 999), [...range(0, 99), ...range(200, 210)])
    })
  )

  it.live("a record that is damaged while it waits ends its segment only, and what is lost is reported", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      const { spool, drops, events } = yield* open(folder, { maxBytes: 16 * mebibyte })
      fill(spool, 0, 2000)
      const path = join(folder, segmentsIn(folder)[0] as string)
      const bytes = readFileSync(path)
      bytes[500_000] = (bytes[500_000] as number) ^ 1
      writeFileSync(path, bytes)
      const numbers = take(spool, 99_999)
      const [drop] = drops
      assert.strictEqual(drops.length, 1)
      assert.deepStrictEqual(
        numbers,
        range(0, 2000).filter((at) => at < (drop?.firstSeq ?? 0) || at > (drop?.lastSeq ?? 0))
      )
      assert.strictEqual(spool.counts().ticks, 0)
      assert.isTrue(events.some((event) => event.type === "trouble" && event.code === "SPOOL_READ_FAILED"))
    })
  )

  it.live("what was stored before a crash is not returned again, as far as the cursor shows", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { spool } = yield* open(folder, { maxBytes: 16 * mebibyte })
          fill(spool, 0, 3000)
          take(spool, 1500)
          spool.settle({ created: "first", floorSeq: 1500, window: 32 }, false)
          take(spool, 100)
        })
      )
      // one torn slot of two
      const cursor = readFileSync(join(folder, "cursor"))
      assert.isAtMost(cursor.length, 1024)
      const { spool } = yield* open(folder)
      assert.deepInclude(spool.resume, { created: "first", floorSeq: 1500, window: 32 })
      assert.deepStrictEqual(take(spool, 9999), range(1500, 3000))
    })
  )

  it.live("two daemons on one folder, and a spool for another stream, are refused with the fix", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { spool } = yield* open(folder)
          fill(spool, 0, 10)
          const second = yield* Effect.flip(Effect.scoped(open(folder)))
          assert.strictEqual(second.code, "SPOOL_IN_USE")
          assert.match(second.message, /TICK_SPOOL_DIR/)
        })
      )
      const identity = { stream: "OTHER", contentType: "application/json" }
      const other = yield* Effect.flip(Effect.scoped(open(folder, { identity })))
      assert.strictEqual(other.code, "SPOOL_MISMATCH")
      assert.match(other.message, /MD_TICKS.*OTHER.*TICK_STREAM/)
      // nothing of it was harmed
      const { spool } = yield* open(folder)
      assert.deepStrictEqual(take(spool, 99), range(0, 10))
    })
  )
})

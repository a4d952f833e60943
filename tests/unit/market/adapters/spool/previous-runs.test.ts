// A quick restart must not wait for the lease, and a copy of the state folder must not take the stream from the
// original daemon.
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { MemoryDisk } from "../../../../../src/market/adapters/memory/memory-disk.ts"
import { openPreviousRuns } from "../../../../../src/market/adapters/spool/previous-runs.ts"
import { nodeFiles, type SpoolFiles } from "../../../../../src/market/adapters/spool/spool-files.ts"

/** One run over a folder, until it ends. */
const life = (files: SpoolFiles, folder: string, run: string) => openPreviousRuns({ files, folder, run })
const ended = (files: SpoolFiles, folder: string, run: string) => Effect.scoped(life(files, folder, run))

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-lives-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

describe("the lives that a state folder knows", () => {
  it.effect("U1: a run that held the folder and released it has ended, and no other", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporary, "writer")
      yield* ended(nodeFiles, folder, "one")
      const second = yield* ended(nodeFiles, folder, "two")
      assert.strictEqual(second.hasEnded("one"), true)
      assert.strictEqual(second.hasEnded("three"), false)
      // a start that failed before it held the stream does not hide the previous run
      const third = yield* ended(nodeFiles, folder, "three")
      assert.deepStrictEqual(
        ["one", "two"].map((run) => third.hasEnded(run)),
        [true, true]
      )
      assert.strictEqual(third.home, second.home)
    })
  )

  it.effect("U1: nothing is proven while another process has the folder", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporary, "writer")
      yield* life(nodeFiles, folder, "one")
      const second = yield* ended(nodeFiles, folder, "two")
      assert.strictEqual(second.hasEnded("one"), false)
      assert.isUndefined(second.home)
    })
  )

  it.effect("U1: a copy of the folder proves nothing, on this host or on another one", () =>
    Effect.gen(function* () {
      const base = yield* temporary
      const [folder, copy] = [join(base, "writer"), join(base, "copy")]
      const first = yield* life(nodeFiles, folder, "one")
      cpSync(folder, copy, { recursive: true, preserveTimestamps: true })
      const thief = yield* ended(nodeFiles, copy, "two")
      assert.strictEqual(thief.hasEnded("one"), false)
      assert.notStrictEqual(thief.home, first.home)
      // The same folder as it is after the next boot of the host.
      const rebooted = { ...nodeFiles, place: (path: string) => `next boot ${statSync(join(path, "lock")).ino}` }
      assert.strictEqual((yield* ended(rebooted, copy, "three")).hasEnded("two"), false)
    })
  )

  it.effect("U1: a folder that cannot be written, or whose file is damaged, proves nothing and stops no start", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporary, "writer")
      yield* ended(nodeFiles, folder, "one")
      const full = {
        ...nodeFiles,
        write: () => {
          throw new Error("ENOSPC: no space left on device")
        }
      }
      // what is there can still be read
      assert.strictEqual((yield* ended(full, folder, "two")).hasEnded("one"), true)
      writeFileSync(join(folder, "lives"), "\u0000\u0000")
      assert.strictEqual((yield* ended(nodeFiles, folder, "three")).hasEnded("one"), false)
    })
  )

  it.effect("U1: a kill keeps the proof, a copied disk and a power loss do not", () =>
    Effect.gen(function* () {
      const disk = new MemoryDisk(() => undefined)
      const first = disk.mount()
      yield* life(first, "/state/writer", "one")
      const spare = disk.copyTo("there")
      assert.strictEqual((yield* ended(spare.mount(), "/state/writer", "two")).hasEnded("one"), false)
      first.unmount()
      assert.strictEqual((yield* ended(disk.mount(), "/state/writer", "three")).hasEnded("one"), true)
      disk.losePower(() => 0)
      assert.strictEqual((yield* ended(disk.mount(), "/state/writer", "four")).hasEnded("three"), false)
    })
  )
})

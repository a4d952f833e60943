// A disabled spool with ticks in it would keep them forever: the start has to report it, and must not touch them.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { openSpool } from "../../../../../src/market/adapters/spool/open-spool.ts"
import { DaemonLog } from "../../../../../src/market/layers/log/daemon-log.ts"
import { lookAtUnusedSpool } from "../../../../../src/market/layers/publish/spool-unused.ts"
import { spoolFolders, spoolOptions } from "../../../../support/spool-run.ts"

const payload = Buffer.alloc(1000, 7)
const mark = { created: "first", floorSeq: 0, window: 32 }

/** The files of a run that spooled this many ticks and had some of them stored. */
const leave = Effect.fnUntraced(function* (folder: string, spooled: number, stored: number) {
  const scope = yield* Scope.make()
  const spool = yield* openSpool(spoolOptions(folder, { maxBytes: 16 * 1024 * 1024 })).pipe(Scope.provide(scope))
  for (let at = 0; at < spooled; at++) spool.append("s", payload, at, 0, at + 1, 1000 + at)
  spool.flush()
  for (let at = 0; at < stored; at++) spool.release(spool.next()?.end ?? 0)
  spool.settle(mark, stored === spooled)
  yield* Scope.close(scope, Exit.void)
})

const look = (folder: string | undefined) => {
  const lines: Array<Record<string, unknown>> = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const found = lookAtUnusedSpool(folder, new DaemonLog({ level: "INFO", write, account: "0***9" }))
  return { found, lines }
}

const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")])

it.live("warns with folder, ticks and the fix, over several segments, and leaves every file as it is", () =>
  Effect.gen(function* () {
    const folder = (yield* spoolFolders).next()
    yield* leave(folder, 3000, 1500)
    assert.isAbove(readdirSync(folder).filter((name) => name.endsWith(".spool")).length, 1)
    const before = contents(folder)
    const { found, lines } = look(folder)
    // 40 bytes of frame, the subject and the payload
    assert.deepStrictEqual(found, { folder, ticks: 1500, bytes: 1500 * 1041 })
    assert.strictEqual(lines.length, 1)
    assert.deepInclude(lines[0], { level: "WARNING", event: "spool_unused", folder, ticks: 1500 })
    assert.match(String(lines[0]?.["message"]), /1500 ticks .*TICK_SPOOL_MAX_MB=0: start once with a bound above 0/)
    assert.deepStrictEqual(contents(folder), before)
  })
)

it.live("says nothing where nothing waits", () =>
  Effect.gen(function* () {
    const folders = yield* spoolFolders
    const emptied = folders.next()
    yield* leave(emptied, 100, 100)
    for (const folder of [undefined, folders.next(), folders.root, emptied]) {
      assert.deepStrictEqual(look(folder), { found: undefined, lines: [] })
    }
  })
)

it.live("an unreadable folder is reported and ends no start", () =>
  Effect.gen(function* () {
    const folder = (yield* spoolFolders).next()
    yield* leave(folder, 10, 0)
    const { found, lines } = look(join(folder, "cursor"))
    assert.isUndefined(found)
    assert.deepInclude(lines[0], { level: "WARNING", event: "spool_unused" })
    assert.match(String(lines[0]?.["message"]), /cannot be read .*TICK_SPOOL_DIR/)
  })
)

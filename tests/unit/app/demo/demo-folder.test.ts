// A demo removes its new folder; with ticks in the spool that would be a loss that its report calls "spooled".
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { demoFolder } from "../../../../src/app/demo/demo-folder.ts"

const parentFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-demo-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const use = (parent: string, spooled: boolean) =>
  Effect.gen(function* () {
    const kept: Array<string> = []
    yield* Effect.scoped(
      Effect.map(
        demoFolder(Option.none(), parent, { holdsTicks: () => spooled, onKept: (folder) => kept.push(folder) }),
        (folder) => writeFileSync(join(folder, "segment"), "ticks")
      )
    )
    return kept
  })

it.effect("U15: a folder whose spool holds ticks is kept and named, and no later demo sweeps it away", () =>
  Effect.gen(function* () {
    const parent = yield* parentFolder
    const [kept = ""] = yield* use(parent, true)
    assert.isTrue(existsSync(join(kept, "segment")))
    mkdirSync(join(parent, "demo-999999999-1-left"))
    assert.deepStrictEqual(yield* use(parent, false), [])
    assert.deepStrictEqual(
      readdirSync(parent).map((name) => join(parent, name)),
      [kept]
    )
  })
)

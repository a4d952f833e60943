// On a fresh machine the first command has to find a server or say in one sentence what to install.
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { natsBinary, projectRoot, temporaryFolder } from "../support/nats-server.ts"

/** A program that claims to be nats-server of some version. */
const pretend = (folder: string, version: string) => {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, "nats-server")
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`)
  chmodSync(path, 0o755)
  return path
}

const script = join(projectRoot, "deploy", "dev", "nats-server.sh")

/** A separate project root, with the fetch script and an empty cache. */
const projectIn = (folder: string) => {
  mkdirSync(join(folder, "deploy", "dev"), { recursive: true })
  symlinkSync(script, join(folder, "deploy", "dev", "nats-server.sh"))
  return folder
}

const systemPath = "/usr/bin:/bin"

describe("finding nats-server", () => {
  it.live("takes NATS_SERVER before PATH, and PATH before the cache", () =>
    Effect.gen(function* () {
      const root = projectIn(yield* temporaryFolder)
      const named = pretend(join(root, "named"), "2.12.0")
      pretend(join(root, "bin"), "2.11.1")
      pretend(join(root, ".tools", "nats-server"), "2.10.27")
      const log: Array<string> = []
      const find = (env: Record<string, string>) => findNatsServer({ env, root, log: (line) => log.push(line) })
      const path = `${join(root, "bin")}:${systemPath}`
      assert.deepStrictEqual(yield* find({ NATS_SERVER: named, PATH: path }), {
        path: named,
        version: "2.12.0",
        from: "NATS_SERVER"
      })
      assert.strictEqual((yield* find({ PATH: path })).from, "PATH")
      assert.strictEqual((yield* find({ PATH: systemPath })).from, "cache")
      pretend(join(root, "bin"), "2.9.25")
      assert.strictEqual((yield* find({ PATH: path })).from, "cache")
      assert.match(log.join("\n"), /skipped .*bin\/nats-server.* it is version 2\.9\.25 and 2\.10 or newer is needed/)
    })
  )

  it.live("never replaces what NATS_SERVER names by something else", () =>
    Effect.gen(function* () {
      const root = projectIn(yield* temporaryFolder)
      pretend(join(root, ".tools", "nats-server"), "2.10.27")
      const old = pretend(join(root, "old"), "2.9.25")
      for (const named of [old, join(root, "absent")]) {
        const error = yield* Effect.flip(findNatsServer({ env: { NATS_SERVER: named }, root, log: () => {} }))
        assert.strictEqual(error.code, "NATS_SERVER_UNUSABLE")
        assert.include(error.message, named)
      }
    })
  )

  it.live("says in one sentence what to install when nothing is found", () =>
    Effect.gen(function* () {
      const root = projectIn(yield* temporaryFolder)
      const log: Array<string> = []
      const env = { PATH: systemPath, TICKD_NATS_ROUTES: "cache" }
      const error = yield* Effect.flip(findNatsServer({ env, root, log: (line) => log.push(line) }))
      assert.strictEqual(error.code, "NATS_SERVER_NOT_FOUND")
      assert.match(error.message, /install nats-server 2\.10 or newer on PATH, or set NATS_SERVER to it\.$/)
    })
  )

  it.live("works by hand: the last line of the script is the path", () =>
    Effect.gen(function* () {
      const binary = yield* natsBinary
      const run = spawnSync("bash", [script], { encoding: "utf8", env: { PATH: systemPath, NATS_SERVER: binary } })
      assert.strictEqual(run.status, 0)
      assert.strictEqual(run.stdout.trim(), binary)
      const old = pretend(yield* temporaryFolder, "2.9.25")
      const refused = spawnSync("bash", [script], { encoding: "utf8", env: { PATH: systemPath, NATS_SERVER: old } })
      assert.strictEqual(refused.status, 1)
      assert.strictEqual(refused.stdout, "")
      assert.match(refused.stderr, /version 2\.9\.25 and 2\.10 or newer is needed/)
    })
  )
})

#!/usr/bin/env node
// First lines of the program, in plain JavaScript that an old Node still parses: it must be able to say that it is too old.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const major = Number(process.versions.node.split(".")[0])
if (major < 24) {
  const own = join(root, "node_modules", ".bin", "node")
  if (existsSync(own) && process.env.TICKD_NODE !== "own") {
    const run = spawnSync(own, process.argv.slice(1), { stdio: "inherit", env: { ...process.env, TICKD_NODE: "own" } })
    process.exit(run.status ?? 1)
  }
  process.stderr.write(
    `tickd: Node ${process.versions.node} is too old, tickd needs Node 24 or newer: run it with 'npm run tickd', which brings its own, or install Node 24.\n`
  )
  process.exit(64)
}

// An installed package runs the bundle (type stripping does not reach into node_modules); a checkout runs its sources.
const bundle = join(root, "dist", "tickd.mjs")
if (existsSync(bundle) && !existsSync(join(root, "tests"))) {
  await import(bundle)
} else {
  if (typeof enableCompileCache === "function") enableCompileCache(join(root, ".cache", "node"))
  await import("./main.ts")
}
